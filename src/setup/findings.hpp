#pragma once

#include <inhaul/setup/doctor.hpp>

/// The parts of the checklist, one file each.
namespace inhaul::setup {

using Findings = std::vector<Finding>;

[[nodiscard]] inline Finding good(std::string what, std::string said) {
    return {std::move(what), Finding::Verdict::good, std::move(said)};
}
[[nodiscard]] inline Finding bad(std::string what, std::string said, std::string hint = {}) {
    return {std::move(what), Finding::Verdict::bad, std::move(said), std::move(hint)};
}
/// `otherwise` is what to do when the error itself does not say.
[[nodiscard]] inline Finding bad(std::string what, const Error& error,
                                 const std::string& otherwise = {}) {
    return bad(std::move(what), error.message, error.hint.empty() ? otherwise : error.hint);
}
[[nodiscard]] inline Finding skipped(std::string what, std::string said) {
    return {std::move(what), Finding::Verdict::skipped, std::move(said)};
}

/// name or proxy, connection, certificate, clock, token, rate limit, repository: what REST tells,
/// where it is asked.
[[nodiscard]] Findings of_the_forge(const Subject& subject);
/// git, or the host keys that keep it from being asked.
[[nodiscard]] Findings of_git(const Subject& subject);
/// checks: that they can be read, where they are required.
[[nodiscard]] Findings of_the_checks(const Subject& subject);
/// relay, relay line, webhook secret.
[[nodiscard]] Findings of_the_relay(const Subject& subject);
/// directory (that it may be written to is looked at with the settings), space, inodes, checkout,
/// locks.
[[nodiscard]] Findings of_the_directory(const Subject& subject);
/// service, probe.
[[nodiscard]] Findings of_the_service(const Subject& subject);
/// agent, ledger, last answer, pause, pin, gate, quarantine, last deployment, switch.
[[nodiscard]] Findings of_the_ledger(const Subject& subject);

}  // namespace inhaul::setup
