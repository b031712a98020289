// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <inhaul/deploy/deployer.hpp>

#include <cli/context.hpp>
#include <wiring.hpp>

/// The task of one process: a deployment of one app, under the app's lock.
namespace inhaul::cli {

struct DeployJob {
    Settings settings;
    deploy::DeployRequest request;
    Milliseconds wait{};  ///< how long to wait for another deployment of the app
    /// Called at the end, while the lock is still held.
    std::function<Result<void>(ledger::RestrictionStore&, const deploy::Completed&)> then = {};
    bool resume_only = false;  ///< only finish an interrupted deployment
};

/// Parses the value of `--wait`. Fails with ErrorCode::usage.
[[nodiscard]] Result<Milliseconds> parse_wait(const std::string& text);

/// Returns the operator's name: the account, or "NAME as ACCOUNT" under sudo.
[[nodiscard]] std::string operator_name();

/// The lock of an app and the open ledger.
struct Locked {
    file::Lock lock;
    std::unique_ptr<ledger::Ledger> ledger;
};
[[nodiscard]] Result<Locked> lock_app(const Context& context, const DeployJob& job,
                                      const std::string& what);

/// Returns why a deployment that ended in this state did not succeed; nothing if it did. `to` is
/// the commit that an operator has requested, for the hint.
[[nodiscard]] std::optional<Error> failure_of(const deployment::State& state, const AppName& app,
                                              const std::optional<std::string>& to);

/// Runs the deployment. Reports the result as a sentence to an operator, else as an event to the
/// journal. For an operator, also sends the notifications that are due.
[[nodiscard]] ExitCode run_deploy_job(const DeployJob& job, const Context& context);

}  // namespace inhaul::cli
