#include "unit_state.hpp"

#include <sys/wait.h>

#include <csignal>

#include <fmt/format.h>

#include <inhaul/util/process.hpp>

namespace inhaul::service {
namespace {

bool oneshot(const UnitState& state) {
    return state.type == "oneshot";
}

/// systemd's own statuses of a process that it could not start, as systemd.exec(5) lists them.
std::string_view meaning(int exit_status) {
    switch (exit_status) {
        case 200:
            return " (its working directory cannot be entered)";
        case 203:
            return " (its program cannot be executed)";
        case 217:
            return " (its user does not exist)";
        case 226:
            return " (its namespace cannot be set up)";
        default:
            return "";
    }
}

std::string main_process(const UnitState& state) {
    if (state.main_code == 0) return "";
    if (state.main_code != CLD_EXITED)
        return ", main process: " + process::describe({.code = 0, .signal = state.main_status});
    return fmt::format(", main process: {}{}",
                       process::describe({.code = state.main_status, .signal = 0}),
                       meaning(state.main_status));
}

std::optional<std::string> fault_of_ended(const UnitState& now) {
    // systemd forgets about an inactive unit that nothing refers to: then it is not known.
    if (now.conditions_checked && !now.condition_result)
        return "it was not started: its conditions are not met";
    if (oneshot(now) && now.result == "success") return std::nullopt;
    return "it has ended: it is " + describe(now);
}

}  // namespace

std::string running_invocation(const UnitState& state) {
    const bool runs =
        state.active == "active" || state.active == "activating" || state.active == "reloading";
    return runs ? state.invocation : std::string{};
}

std::string describe(const UnitState& state) {
    auto text = fmt::format("{} ({})", state.active, state.sub);
    if (!state.result.empty() && state.result != "success") text += ", result " + state.result;
    return text + main_process(state);
}

std::optional<std::string> fault(const UnitState& now, const std::string& expected,
                                 unsigned restarts_before) {
    if (now.active == "failed" || now.sub.find("auto-restart") != std::string::npos)
        return "it is " + describe(now);
    if (now.active == "inactive") return fault_of_ended(now);
    if (in_between(now) || oneshot(now)) return std::nullopt;
    if (now.restarts > restarts_before)
        return fmt::format("systemd had to start it again: it is {}", describe(now));
    if (now.invocation != expected)
        return fmt::format("it was started anew meanwhile: it is {}", describe(now));
    return std::nullopt;
}

bool in_between(const UnitState& state) {
    return state.active == "deactivating" || (state.active == "activating" && !oneshot(state));
}

std::string hint_for(const UnitState& state, const SystemdUnit& unit) {
    const std::string_view user = unit.scope == SystemdUnit::Scope::user ? "--user " : "";
    auto look = fmt::format("look at `systemctl {0}status {1}` and `journalctl {0}-u {1} -n 50`",
                            user, unit.unit);
    if (state.result != "start-limit-hit") return look;
    return fmt::format(
        "it was started too often in a short time: `systemctl {}reset-failed {}` lifts that; {}",
        user, unit.unit, look);
}

}  // namespace inhaul::service
