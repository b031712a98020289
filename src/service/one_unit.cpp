// SPDX-License-Identifier: Apache-2.0
#include "one_unit.hpp"

#include <fmt/format.h>

#include <inhaul/service/polkit.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

#include "installed_trigger.hpp"
#include "own_unit.hpp"

namespace inhaul::service {
namespace {

/// Returns true for job results that do not concern the unit's own start. The unit was stopped, or
/// a dependency did not start.
bool is_no_start_result(const std::string& job_result) {
    return job_result == "canceled" || job_result == "dependency" || job_result == "collected" ||
           job_result == "unsupported" || job_result == "skipped" || job_result == "once" ||
           job_result == "frozen";
}

}  // namespace

bool says_denied(const CallError& error, std::string_view unit) {
    if (error.name == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") return true;
    if (error.name == "org.freedesktop.DBus.Error.AccessDenied") return true;
    // Only the message names the unit that systemd could not start.
    return error.name.starts_with("org.freedesktop.systemd1.") &&
           error.text.find("polkit") != std::string::npos &&
           error.text.find(unit) == std::string::npos;
}

std::string OneUnit::systemctl(std::string_view verb) const {
    return inhaul::systemctl(unit_.scope, verb, unit_.unit);
}

Result<UnitState> OneUnit::state(Systemd& systemd) {
    auto state = TRY(systemd.state(unit_.unit));
    if (!state.id.empty()) unit_.unit = state.id;
    return state;
}

Result<UnitState> OneUnit::state_after_job(Systemd& systemd) {
    auto now = TRY(state(systemd));
    const auto over = [&]() -> Result<bool> {
        now = TRY(state(systemd));
        return now.job.empty();
    };
    const auto until = system_clock().steady() + restart_bound(now, restart_deadline_);
    (void)TRY(systemd.watch({unit_.unit}, until, over));
    return now;
}

/// Checks conditions that systemd reports only after polkit's answer.
Result<void> OneUnit::check(const UnitState& state) const {
    if (state.load == "not-found")
        return fail(ErrorCode::not_found, "systemd does not know this unit",
                    "Check the name in the settings. After the unit was installed, run: " +
                        inhaul::systemctl(unit_.scope, "daemon-reload"));
    if (state.load == "masked")
        return fail(ErrorCode::host, "the unit is masked", "Run: " + systemctl("unmask"));
    if (state.load != "loaded")
        return fail(ErrorCode::host, "systemd cannot load the unit: " + state.load,
                    "Run: " + systemctl("status"));
    return refuse_own(&state);
}

Result<void> OneUnit::refuse_own(const UnitState* state) const {
    const auto why = would_end(own_unit(), unit_, state);
    if (!why) return {};
    return fail(
        ErrorCode::refused, *why,
        "Run inhaul in a separate unit, such as inhaul@.service, that does not depend on the "
        "app's unit.");
}

/// The trigger's service resets the start limit.
Result<void> OneUnit::restart_by_trigger(Systemd& systemd) {
    const auto trigger = TRY(find_trigger(systemd, *trigger_, unit_.unit, init_directory_));
    const auto bound = restart_bound(TRY(state(systemd)), restart_deadline_);
    const auto result =
        TRY(systemd.restart_through(trigger.service, unit_.unit, system_clock().steady() + bound,
                                    [&] { return request_restart(trigger.file); }));
    if (result == "done") return {};
    return fail(ended_badly(result, TRY(state(systemd)), bound, {}));
}

Result<void> OneUnit::restart(Systemd& systemd) {
    if (trigger_) return restart_by_trigger(systemd);
    // An operator, systemd or inhaul caused the earlier starts, not this commit.
    std::optional<Error> limit;
    if (const auto lifted = systemd.reset_failed(unit_.unit); !lifted)
        limit = refusal(lifted.error(), systemd);
    const auto bound = restart_bound(TRY(state(systemd)), restart_deadline_);
    const auto result = systemd.restart(unit_.unit, bound);
    if (!result) return fail(refusal(result.error(), systemd));
    if (*result == "done") return {};
    return fail(ended_badly(*result, TRY(state(systemd)), bound, limit));
}

Error OneUnit::refusal(const CallError& error, Systemd& systemd) const {
    if (says_denied(error, unit_.unit)) return denied(error, systemd);
    auto known = to_error(error);
    // systemd has not tried to start it.
    if (known.code == ErrorCode::failed) known.code = ErrorCode::host;
    return known;
}

/// Returns the hint for a polkit that cannot run, so that no rule would help.
std::optional<std::string> OneUnit::hint_for_polkit(Systemd& systemd) const {
    const auto* const unit = "polkit.service";
    const auto state = systemd.state(unit);
    if (!state) return std::nullopt;
    const auto run = [&](std::string_view verb) {
        return "Run: " + inhaul::systemctl(UnitScope::system, verb, unit);
    };
    if (state->load == "masked") return "polkit is masked.\n" + run("unmask");
    if (state->load == "not-found") {
        constexpr auto hint = "polkit is not installed.\nRun: sudo apt install polkitd";
        if (!init_directory_) return hint;
        return fmt::format("{}\nOr, for a trigger unit, which needs no polkit, run: {}", hint,
                           init_command(*init_directory_, {"--trigger-unit"}));
    }
    if (state->active == "failed") return "polkit has failed.\n" + run("status");
    return std::nullopt;
}

Error OneUnit::denied(const CallError& error, Systemd& systemd) const {
    if (unit_.scope == SystemdUnit::Scope::user)
        return {ErrorCode::permission,
                fmt::format("the user manager does not permit {} to do this: {}",
                            account::current_name(), error.text)};
    const auto account = account::current_name();
    const auto message =
        fmt::format("polkit does not permit {} to restart {}: {}", account, unit_.unit, error.text);
    if (auto hint = hint_for_polkit(systemd)) return {ErrorCode::permission, message, *hint};
    return {ErrorCode::permission, message,
            init_directory_ ? "Run: " + init_command(*init_directory_)
                            : "As root, add this rule to /etc/polkit-1/rules.d/50-inhaul.rules:\n" +
                                  polkit_rule(account, {&unit_.unit, 1})};
}

Error OneUnit::wrong(std::string message, const UnitState& state) const {
    const auto code = never_tried(state) ? ErrorCode::host : ErrorCode::failed;
    return {code, std::move(message), hint_for(state, unit_), was_killed(state)};
}

Error OneUnit::ended_badly(const std::string& result, const UnitState& state, Milliseconds bound,
                           const std::optional<Error>& limit) const {
    if (result.empty())
        return {ErrorCode::timeout,
                fmt::format("not finished within {}: the unit is {}", format_duration(bound),
                            describe(state)),
                hint_for(state, unit_)};
    auto error = wrong(
        fmt::format("systemd's job ended as {}: the unit is {}", result, describe(state)), state);
    if (is_no_start_result(result)) error.code = ErrorCode::host;
    if (result == "frozen") error.hint = "The unit is frozen.\nRun: " + systemctl("thaw");
    if (result == "once")
        error.hint = "systemd starts a unit of this type only once.\n" + error.hint;
    // If the limit was reset before, this start reached it; otherwise the cause is unknown.
    if (state.result == "start-limit-hit" && limit) {
        error.code = ErrorCode::host;
        error.hint += fmt::format("\nThe start limit could not be reset before the restart: {}\n{}",
                                  limit->message, limit->hint);
    }
    return error;
}

std::optional<StoppedUnit> OneUnit::stopped(const UnitState& state) const {
    const auto why = why_stopped(state);
    if (!why) return std::nullopt;
    return StoppedUnit{unit_.unit, *why,
                       systemctl(*why == StoppedUnit::Why::masked ? "unmask" : "enable --now")};
}

UnitCheck OneUnit::examine(Systemd& systemd) {
    UnitCheck found;
    const auto now = state(systemd);
    found.unit = unit_.unit;
    found.logs = journalctl(unit_.scope, unit_.unit);
    if (!now) {
        found.fault = now.error();
        return found;
    }
    found.runs = runs(*now);
    found.stopped = stopped(*now);
    found.user = now->user;
    found.directory = directory_of(*now);
    if (now->start_timeout && now->stop_timeout) found.bound = restart_bound(*now, Milliseconds{0});
    if (const auto fit = check(*now); !fit) {
        found.fault = fit.error();
    } else if (trigger_) {
        if (const auto trigger = find_trigger(systemd, *trigger_, unit_.unit, init_directory_);
            !trigger)
            found.fault = trigger.error();
        else
            found.trigger =
                fmt::format("{} watches {}", trigger->path_unit, trigger->file.string());
    } else if (const auto allowed = systemd.may_restart(unit_.unit); !allowed) {
        found.fault = refusal(allowed.error(), systemd);
    } else if (now->active == "active" && now->restarts == 0) {
        // No call only checks the permission. For a healthy unit this call changes nothing visible.
        if (const auto lifted = systemd.reset_failed(unit_.unit); !lifted)
            found.limit = refusal(lifted.error(), systemd);
    }
    return found;
}

}  // namespace inhaul::service
