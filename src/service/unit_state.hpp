#pragma once

#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>

namespace inhaul::service {

/// What systemd tells of a unit, in its own words (org.freedesktop.systemd1(5)).
struct UnitState {
    std::string load;             ///< LoadState: loaded, not-found, masked, …
    std::string active;           ///< ActiveState: active, inactive, failed, activating, …
    std::string sub;              ///< SubState: running, dead, auto-restart, …
    std::string type = {};        ///< Type of a service; empty for other kinds of unit
    std::string result = {};      ///< Result of a service: success, exit-code, start-limit-hit, …
    std::string invocation = {};  ///< InvocationID in hex; stays after the run has ended
    unsigned restarts = 0;        ///< NRestarts: by systemd itself, not by a job
    int main_code = 0;            ///< ExecMainCode: CLD_EXITED, CLD_KILLED, …; 0 while it runs
    int main_status = 0;          ///< ExecMainStatus: exit status or signal
    bool condition_result = false;
    bool conditions_checked = false;     ///< not so for a unit that systemd has just loaded
    std::string cgroup = {};             ///< ControlGroup, empty while nothing runs
    std::string user = {};               ///< User; empty for root, or the account's manager's own
    std::string working_directory = {};  ///< WorkingDirectory: absolute, `~`, or empty
    std::vector<std::string> stopped_along = {};  ///< what systemd stops when it stops this unit
};

/// The name of the present run; empty when there is none.
[[nodiscard]] std::string running_invocation(const UnitState& state);

/// `failed (failed), result exit-code, main process: exit status 1`.
[[nodiscard]] std::string describe(const UnitState& state);

/// What is wrong with a unit that was to stay in the run `expected` and had restarted by itself
/// `restarts_before` times; nothing when it is well, or when that shows only later.
[[nodiscard]] std::optional<std::string> fault(const UnitState& now, const std::string& expected,
                                               unsigned restarts_before);
/// Neither well nor ill: it is being started or stopped.
[[nodiscard]] bool in_between(const UnitState& state);

/// What to do about a unit that does not run: where to look, and how to lift a start limit.
[[nodiscard]] std::string hint_for(const UnitState& state, const SystemdUnit& unit);

}  // namespace inhaul::service
