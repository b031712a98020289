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

/// Whoever runs the unit must be able to read what this account deploys.
void look_at_user(const service::Examined& unit, const Settings& settings, Findings& found) {
    const bool works_there = file::is_below(unit.directory, settings.directory);
    if (unit.user.empty() || unit.user == account::current_name() || !works_there) return;
    const auto closed = account::closed_to(unit.user, settings.directory);
    const auto who = fmt::format("{} runs as {}", unit.unit, unit.user);
    if (closed)
        found.push_back(
            bad("service user", fmt::format("{}, which cannot enter {}", who, closed->string()),
                fmt::format("As root (package acl): setfacl -m u:{}:{} {}", unit.user,
                            *closed == settings.directory ? "rx" : "x", closed->string())));
    else
        found.push_back(
            good("service user", who + ", which may enter " + settings.directory.string()));
}

/// A unit that a deployment would leave as it is: a person has stopped it.
bool stays_stopped(const service::Examined& unit, const Settings& settings) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    return unit.resting && unit.resting->why != service::Resting::Why::stopped &&
           units != nullptr && !units->start;
}

Finding finding_of(const service::Examined& unit, const Subject& subject) {
    if (stays_stopped(unit, subject.settings)) {
        const auto live = live_of(subject);
        const bool first = live && !live->last_known_good;
        return skipped(
            "service",
            fmt::format("{} is {}, and {}: `{}`", unit.unit, to_string(unit.resting->why),
                        first ? "the first deployment starts it" : "a push does not start it",
                        unit.resting->remedy));
    }
    if (unit.fault) return bad("service", unit.fault->within("restart " + unit.unit));
    if (unit.runs) return good("service", unit.unit + " runs, and may be restarted");
    return bad("service", unit.unit + " may be restarted, and does not run", unit.logs);
}

void look_at_unit(const service::Examined& unit, const Subject& subject, Findings& found) {
    const auto& settings = subject.settings;
    found.push_back(finding_of(unit, subject));
    if (unit.limit)
        found.push_back(bad("start limit", unit.limit->within("lift that of " + unit.unit)));
    if (unit.bound && *unit.bound >= settings.deploy_deadline)
        found.push_back(bad(
            "restart",
            fmt::format("{} may take {} by its own timeouts, and a deployment may take {} in all",
                        unit.unit, format_duration(*unit.bound),
                        format_duration(settings.deploy_deadline)),
            "Set deploy.deadline in the settings to more, or TimeoutStartSec= and TimeoutStopSec= "
            "in the unit to less."));
    look_at_user(unit, settings, found);
}

Findings of_the_units(const Subject& subject) {
    Findings found;
    if (!subject.service) {
        found.push_back(bad("service", subject.service.error()));
        return found;
    }
    auto& service = **subject.service;
    if (!service.restartable()) {
        found.push_back(skipped("service", "nothing is restarted"));
        return found;
    }
    const auto units = service.examine();
    if (!units)
        found.push_back(bad("service", units.error()));
    else if (units->empty())
        found.push_back(skipped("service", "only the restart command itself would tell"));
    else
        for (const auto& unit : *units)
            look_at_unit(unit, subject, found);
    return found;
}

}  // namespace

Findings of_the_service(const Subject& subject) {
    const auto& settings = subject.settings;
    auto found = of_the_units(subject);
    // The probe asks the first unit.
    if (settings.probe && found.front().verdict == Finding::Verdict::skipped &&
        std::holds_alternative<SystemdUnits>(settings.service)) {
        found.push_back(skipped("probe", "what it asks is stopped on purpose"));
        return found;
    }
    if (!settings.probe) {
        found.push_back(skipped("probe", "none: a service that stays up counts as well"));
        return found;
    }
    const auto live = live_of(subject);
    if (!live) {
        found.push_back(skipped("probe", "what is deployed cannot be read, see ledger"));
        return found;
    }
    if (!live->last_known_good) {
        found.push_back(skipped("probe", "nothing has been deployed yet"));
        return found;
    }
    const auto proven = subject.prove(*live->last_known_good);
    found.push_back(
        proven ? good("probe", "the app answers for " + live->last_known_good->short_form())
               : bad("probe", proven.error(),
                     "Ask it by hand; the log of the app's service says more."));
    return found;
}

}  // namespace inhaul::setup
