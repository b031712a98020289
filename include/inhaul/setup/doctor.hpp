#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/forge/checks.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/service/service.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/http.hpp>

/// What keeps an app from being deployed, looked for one thing after the other.
namespace inhaul::setup {

/// One line of the checklist.
struct Finding {
    enum class Verdict {
        good,
        bad,
        skipped,  ///< something before it must be mended first, or there is nothing to look at
    };
    std::string what;  ///< stable: "token", "host keys"
    Verdict verdict = Verdict::good;
    std::string said;  ///< without a full stop
    std::string hint = {};
};
[[nodiscard]] std::string_view to_string(Finding::Verdict verdict);

/// The command that makes the agent read its settings again, which are in this file.
[[nodiscard]] std::string reload_of_agent(const std::filesystem::path& settings);

/// An app, and how its surroundings are asked. Nothing that is asked changes anything.
struct Subject {
    const Settings& settings;
    /// open_to_read(): holds nothing before the first deployment.
    const Result<std::unique_ptr<ledger::Ledger>>& ledger;
    std::filesystem::path state;
    bool watched = false;  ///< an agent runs for this account
    bool timer = false;    ///< a timer that starts `inhaul once` for it is enabled
    const Clock& clock;
    http::Client& client;
    const Result<std::unique_ptr<service::Service>>& service;  ///< service_for()
    /// The head of the branch, over the git protocol.
    std::function<Result<CommitId>()> remote_head;
    /// Somebody holds the app's lock now.
    std::function<bool()> deploying;
    /// What CI says of a commit; not asked where no checks are required.
    std::function<Result<forge::CheckReport>(const CommitId&)> checks_of;
    /// The app answers for the commit; not asked without a probe.
    std::function<Result<void>(const CommitId&)> prove;
};

/// Tells each finding as soon as it is known, in the order in which faults follow from one another:
/// settings, network, forge, git, CI, relay, directory, service, what inhaul itself knows.
void examine(const Subject& subject, const std::function<void(Finding)>& tell);

/// What is wrong with the settings themselves, of an app that nothing else can be asked about.
[[nodiscard]] Finding finding_of(config::Problem problem);

}  // namespace inhaul::setup
