// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

Result<ledger::Live> live_of(const Subject& subject) {
    if (!subject.ledger) return fail(subject.ledger.error());
    if (*subject.ledger == nullptr) return ledger::Live{};
    return (*subject.ledger)->live(subject.settings.app);
}

/// Returns the command with which an operator repeats the probe.
std::string command_of(const ProbeSettings& probe) {
    return probe.url ? fmt::format("curl --include {}", shell_word(*probe.url))
                     : shell_command(probe.command);
}

/// The account of the unit must be able to read the files that this account deploys.
void check_user(const service::UnitCheck& unit, const Settings& settings, Findings& found) {
    const bool works_there = file::is_below(unit.directory, settings.directory);
    if (unit.user.empty() || unit.user == account::current_name() || !works_there) return;
    const auto closed = account::first_inaccessible_directory(unit.user, settings.directory);
    const auto who = fmt::format("{} runs as {}", unit.unit, unit.user);
    if (closed)
        found.push_back(bad(
            "service user", fmt::format("{}, which cannot enter {}", who, closed->string()),
            fmt::format("Run: sudo setfacl -m u:{}:{} {}\nThe package acl has setfacl.", unit.user,
                        *closed == settings.directory ? "rx" : "x", shell_word(closed->string()))));
    else
        found.push_back(
            good("service user", who + ", which can enter " + settings.directory.string()));
}

/// An operator has stopped the unit, and a deployment does not start it.
bool stays_stopped(const service::UnitCheck& unit, const Settings& settings) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    return unit.stopped && unit.stopped->why != service::StoppedUnit::Why::stopped &&
           units != nullptr && !units->start;
}

Finding finding_of(const service::UnitCheck& unit, const Subject& subject) {
    if (stays_stopped(unit, subject.settings)) {
        const auto live = live_of(subject);
        const bool first = live && !live->last_known_good &&
                           unit.stopped->why == service::StoppedUnit::Why::disabled;
        return skipped(
            "service",
            first ? fmt::format("{} is {}. The first deployment starts it.", unit.unit,
                                to_string(unit.stopped->why))
                  : fmt::format("{} is {}, and a push does not start it. To start it, run: {}",
                                unit.unit, to_string(unit.stopped->why),
                                unit.stopped->start_command));
    }
    if (unit.fault) return bad("service", Error{*unit.fault}.within("restart " + unit.unit));
    if (unit.runs)
        return good("service", unit.unit + " is running, and inhaul has permission to restart it");
    return bad("service", unit.unit + " is not running, but inhaul has permission to restart it",
               "Run: " + unit.logs);
}

void check_unit(const service::UnitCheck& unit, const Subject& subject, Findings& found) {
    const auto& settings = subject.settings;
    found.push_back(finding_of(unit, subject));
    if (!unit.trigger.empty()) found.push_back(good("trigger unit", unit.trigger));
    if (unit.limit)
        found.push_back(
            bad("start limit", Error{*unit.limit}.within("reset the start limit of " + unit.unit)));
    if (unit.bound && *unit.bound >= settings.deploy_deadline)
        found.push_back(
            bad("restart",
                fmt::format("{} may take {} to restart, but a whole deployment may take only {}",
                            unit.unit, format_duration(*unit.bound),
                            format_duration(settings.deploy_deadline)),
                "Increase deploy.deadline in the settings, or reduce TimeoutStartSec= and "
                "TimeoutStopSec= in the unit."));
    check_user(unit, settings, found);
}

Findings check_units(const Subject& subject) {
    Findings found;
    if (!subject.service) {
        found.push_back(bad("service", subject.service.error()));
        return found;
    }
    auto& service = **subject.service;
    if (!service.restartable()) {
        found.push_back(skipped("service", "no service to restart"));
        return found;
    }
    const auto units = service.examine();
    if (!units)
        found.push_back(bad("service", units.error()));
    else if (units->empty())
        found.push_back(
            skipped("service", "not tested: a restart command can only be tested by a restart"));
    else
        for (const auto& unit : *units)
            check_unit(unit, subject, found);
    return found;
}

}  // namespace

Findings check_service(const Subject& subject) {
    const auto& settings = subject.settings;
    auto found = check_units(subject);
    // The probe tests the first unit.
    if (settings.probe && found.front().status == Finding::Status::skipped &&
        std::holds_alternative<SystemdUnits>(settings.service)) {
        found.push_back(skipped("probe", "not tested: the service is stopped on purpose"));
        return found;
    }
    if (!settings.probe) {
        found.push_back(skipped("probe", "none: a service that stays up counts as healthy"));
        return found;
    }
    const auto live = live_of(subject);
    if (!live) {
        found.push_back(skipped("probe", "not tested: the live commit cannot be read; see ledger"));
        return found;
    }
    if (!live->last_known_good) {
        found.push_back(skipped("probe", "nothing has been deployed yet"));
        return found;
    }
    const auto healthy = subject.probe(*live->last_known_good);
    found.push_back(
        healthy ? good("probe", "succeeds for commit " + live->last_known_good->short_form())
                : bad("probe", healthy.error(),
                      "Run: " + command_of(*settings.probe) +
                          "\nThen read the log of the app's service."));
    return found;
}

}  // namespace inhaul::setup
