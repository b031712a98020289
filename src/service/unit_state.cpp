// SPDX-License-Identifier: Apache-2.0
#include "unit_state.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include <inhaul/util/blame.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::service {
namespace {

bool oneshot(const UnitState& state) {
    return state.type == "oneshot";
}

/// Exit statuses of processes that systemd could not start, from systemd.exec(5).
std::string_view meaning(int exit_status) {
    switch (exit_status) {
        case 200:
            return " (its working directory cannot be entered)";
        case 203:
            return " (its program cannot be executed)";
        case 216:
            return " (its group does not exist)";
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
    // systemd unloads an inactive unit without references: then its state is unknown.
    if (now.conditions_checked && !now.condition_result)
        return "systemd did not start the unit: a condition of the unit is not met";
    if (oneshot(now) && now.result == "success") return std::nullopt;
    return "the unit has ended: " + describe(now);
}

}  // namespace

bool runs(const UnitState& state) {
    return state.active == "active" || state.active == "activating" || state.active == "reloading";
}

std::string invocation_of(const UnitState& state) {
    const bool done = oneshot(state) && state.active == "inactive" && state.result == "success";
    return runs(state) || done ? state.invocation : std::string{};
}

std::filesystem::path directory_of(const UnitState& state) {
    // systemd marks an optional directory with a prefix.
    auto directory = std::string_view{state.working_directory};
    if (directory.starts_with('!') || directory.starts_with('-')) directory.remove_prefix(1);
    return directory.starts_with('/') ? std::filesystem::path{directory} : std::filesystem::path{};
}

std::optional<StoppedUnit::Why> why_stopped(const UnitState& state) {
    if (state.active != "inactive") return std::nullopt;
    if (state.load == "masked") return StoppedUnit::Why::masked;
    if (state.load != "loaded" || oneshot(state)) return std::nullopt;
    // systemctl(1), is-enabled: `indirect` is also a unit with an alias that is not enabled.
    const bool disabled =
        state.file == "disabled" || state.file == "indirect" || state.file.starts_with("linked");
    return disabled && !state.wanted ? StoppedUnit::Why::disabled : StoppedUnit::Why::stopped;
}

Milliseconds restart_bound(const UnitState& state, Milliseconds configured) {
    const auto start = state.start_timeout
                           ? *state.start_timeout * std::max(1U, state.start_commands)
                           : configured;
    // After its commands a stop waits the same time for SIGTERM, and again for SIGKILL.
    const auto stop =
        state.stop_timeout ? *state.stop_timeout * (state.stop_commands + 2) : configured;
    return std::max<Milliseconds>(configured, start + stop);
}

std::string start_limit_of(const UnitState& state) {
    const auto interval = state.start_limit_interval
                              ? "in " + format_duration(*state.start_limit_interval)
                              : std::string{"ever"};
    return fmt::format("{} {} {} (StartLimitBurst=, StartLimitIntervalSec=)", state.start_limit,
                       state.start_limit == 1 ? "time" : "times", interval);
}

bool never_tried(const UnitState& state) {
    constexpr int exit_group = 216;
    constexpr int exit_user = 217;
    return state.result == "resources" ||
           (state.main_code == CLD_EXITED &&
            (state.main_status == exit_group || state.main_status == exit_user));
}

bool was_killed(const UnitState& state) {
    const bool by_signal = state.result == "signal" || state.result == "core-dump";
    return state.result == "oom-kill" || (by_signal && process::is_from_outside(state.main_status));
}

std::string describe(const UnitState& state) {
    auto text = fmt::format("{} ({})", state.active, state.sub);
    if (!state.result.empty() && state.result != "success") text += ", result " + state.result;
    return text + main_process(state);
}

std::optional<std::string> fault(const UnitState& now, const std::string& expected,
                                 unsigned restarts_before) {
    if (now.active == "failed" || now.sub.find("auto-restart") != std::string::npos)
        return "the unit is " + describe(now);
    if (now.active == "inactive") return fault_of_ended(now);
    if (in_between(now) || oneshot(now)) return std::nullopt;
    if (now.restarts > restarts_before)
        return fmt::format("the unit ended, and systemd restarted it: {}", describe(now));
    if (now.invocation != expected)
        return fmt::format("another program restarted the unit: {}", describe(now));
    return std::nullopt;
}

bool in_between(const UnitState& state) {
    return state.active == "deactivating" || (state.active == "activating" && !oneshot(state));
}

std::string hint_for(const UnitState& state, const SystemdUnit& unit) {
    auto look = fmt::format("Run: {}\nRun: {} -n 50", systemctl(unit.scope, "status", unit.unit),
                            journalctl(unit.scope, unit.unit));
    if (state.result != "start-limit-hit") return look;
    return fmt::format("The unit has reached its start limit: {}.\nRun: {}\n{}",
                       start_limit_of(state), systemctl(unit.scope, "reset-failed", unit.unit),
                       look);
}

}  // namespace inhaul::service
