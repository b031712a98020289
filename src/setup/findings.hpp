// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/setup/doctor.hpp>

/// The parts of the checklist, one file each.
namespace inhaul::setup {

using Findings = std::vector<Finding>;

[[nodiscard]] inline Finding good(std::string what, std::string message) {
    return {std::move(what), Finding::Status::good, std::move(message)};
}
[[nodiscard]] inline Finding bad(std::string what, std::string message, std::string hint = {}) {
    return {std::move(what), Finding::Status::bad, std::move(message), std::move(hint)};
}
/// `otherwise` is the hint for an error without one.
[[nodiscard]] inline Finding bad(std::string what, const Error& error,
                                 const std::string& otherwise = {}) {
    return bad(std::move(what), error.message, error.hint.empty() ? otherwise : error.hint);
}
[[nodiscard]] inline Finding skipped(std::string what, std::string message) {
    return {std::move(what), Finding::Status::skipped, std::move(message)};
}

/// name or proxy, connection, certificate, clock, token, rate limit, repository: from one REST
/// request, if the app polls over REST.
[[nodiscard]] Findings check_forge(const Subject& subject);
/// git, or the host keys that prevent a connection.
[[nodiscard]] Findings check_git(const Subject& subject);
/// checks: whether they can be read, if the settings require them.
[[nodiscard]] Findings check_ci(const Subject& subject);
/// report: whether the token has the permission, if deployments are reported to GitHub.
[[nodiscard]] Findings check_reporting(const Subject& subject);
/// relay, relay connection, webhook secret.
[[nodiscard]] Findings check_relay(const Subject& subject);
/// directory, space, inodes, checkout, locks. The settings check covers permission to write to it.
[[nodiscard]] Findings check_directory(const Subject& subject);
/// service, probe.
[[nodiscard]] Findings check_service(const Subject& subject);
/// agent, ledger, last answer, pause, pin, gate, quarantine, last deployment, notify TARGET,
/// switch.
[[nodiscard]] Findings check_ledger(const Subject& subject);

/// metrics, page: whether the agent writes the files of the account's settings.
[[nodiscard]] Findings check_published_files(const Subject& subject);

}  // namespace inhaul::setup
