// SPDX-License-Identifier: Apache-2.0
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

/// The checklist of `inhaul doctor`: everything that a deployment needs.
namespace inhaul::setup {

/// One line of the checklist.
struct Finding {
    enum class Status {
        good,
        bad,
        skipped,  ///< an earlier finding prevents the check, or there is nothing to check
    };
    std::string what;  ///< stable: "token", "host keys"
    Status status = Status::good;
    std::string message;  ///< without a full stop
    std::string hint = {};
};
[[nodiscard]] std::string_view to_string(Finding::Status status);

/// Returns the command that starts the agent of this settings file.
[[nodiscard]] std::string start_of_agent(const std::filesystem::path& settings);
/// Returns true if the app's drop-in of the agent's unit changed after the agent with this state
/// started. A reload does not apply it.
[[nodiscard]] bool unit_changed(const std::filesystem::path& settings,
                                const std::filesystem::path& state,
                                const std::filesystem::path& etc = "/etc");
/// Returns why the agent has not read this settings file, and the command that helps.
struct NotReloaded {
    std::string cause;
    std::string command;
};
[[nodiscard]] NotReloaded not_reloaded(const std::filesystem::path& settings, bool unit_changed);
/// Returns the command that edits the unit of the agent with this settings file.
[[nodiscard]] std::string edit_of_agent(const std::filesystem::path& settings);

/// An app, and read-only access to everything around it.
struct Subject {
    const Settings& settings;
    /// From open_to_read(): null before the first deployment.
    const Result<std::unique_ptr<ledger::Ledger>>& ledger;
    std::filesystem::path state;
    std::vector<std::string> targets;  ///< of notifications, by their names in the ledger
    std::optional<std::filesystem::path> metrics_file, page_file;  ///< that the account publishes
    bool watched = false;  ///< an agent runs for this account
    bool timer = false;    ///< a timer that starts `inhaul once` for it is enabled
    const Clock& clock;
    http::Client& client;
    const Result<std::unique_ptr<service::Service>>& service;  ///< service_for()
    /// The head of the branch, over the git protocol.
    std::function<Result<CommitId>()> remote_head;
    /// Returns true if a process holds the app's lock now.
    std::function<bool()> deploying;
    /// The results of CI for a commit. Called only if the settings require checks.
    std::function<Result<forge::CheckReport>(const CommitId&)> checks_of;
    /// Probes the app for the commit. Called only if the settings have a probe.
    std::function<Result<void>(const CommitId&)> probe;
};

/// Passes each finding to `tell` as soon as it is known. A fault comes before its consequences:
/// settings, network, forge, git, CI, relay, directory, service, ledger, notifications,
/// published files.
void examine(const Subject& subject, const std::function<void(Finding)>& tell);

/// Returns the finding for invalid settings, which prevent every other check of the app.
[[nodiscard]] Finding finding_of(config::Problem problem);

}  // namespace inhaul::setup
