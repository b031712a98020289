#pragma once

#include <functional>

#include <inhaul/deploy/deployer.hpp>

#include <cli/context.hpp>
#include <wiring.hpp>

/// One worker's task: a deployment of one app, under the app's lock.
namespace inhaul::cli {

struct DeployJob {
    Settings settings;
    deploy::DeployRequest request;
    Milliseconds wait;  ///< for another deployment of the app
    /// Called at the end, with the lock still held.
    std::function<Result<void>(ledger::Ledger&, const deploy::Report&)> then = {};
};

/// Of a command line's `--wait`.
[[nodiscard]] Result<Milliseconds> parse_wait(const std::string& text);

/// The person who types: the account, or who is behind sudo.
[[nodiscard]] std::string person();

/// What a deployment is carried out with, while the app is locked.
struct Locked {
    file::Lock lock;
    std::unique_ptr<ledger::Ledger> ledger;
};
[[nodiscard]] Result<Locked> lock_app(const config::Places& places, const Settings& settings,
                                      Milliseconds wait, const std::string& what);

/// Does it, and says how it went: to a person in a sentence, to the journal as an event.
[[nodiscard]] ExitCode run_deploy_job(const DeployJob& job, const config::Places& places);

}  // namespace inhaul::cli
