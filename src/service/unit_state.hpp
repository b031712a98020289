// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/service/service.hpp>
#include <inhaul/settings.hpp>

namespace inhaul::service {

/// The properties of a unit, with systemd's own values (org.freedesktop.systemd1(5)).
struct UnitState {
    std::string id = {};          ///< Id: its primary name, also if an alias was requested
    std::string load;             ///< LoadState: loaded, not-found, masked, …
    std::string file = {};        ///< UnitFileState: enabled, disabled, static, masked, …
    std::string active;           ///< ActiveState: active, inactive, failed, activating, …
    std::string sub;              ///< SubState: running, dead, auto-restart, …
    std::string type = {};        ///< Type of a service; empty for other kinds of unit
    std::string result = {};      ///< Result of a service: success, exit-code, start-limit-hit, …
    std::string invocation = {};  ///< InvocationID in hex; stays after the run has ended
    unsigned restarts = 0;        ///< NRestarts: by systemd itself, not by a job
    int main_code = 0;            ///< ExecMainCode: CLD_EXITED, CLD_KILLED, …; 0 while it runs
    int main_status = 0;          ///< ExecMainStatus: exit status or signal
    bool condition_result = false;
    bool conditions_checked = false;              ///< false for a unit that systemd has just loaded
    std::string cgroup = {};                      ///< ControlGroup, empty while nothing runs
    std::string user = {};                        ///< User; empty: the account of its manager
    std::string working_directory = {};           ///< WorkingDirectory: absolute, `~`, or empty
    std::vector<std::string> stopped_along = {};  ///< the units that stop together with it
    bool wanted = false;                          ///< another unit starts or triggers it
    std::string job = {};                         ///< Job: the object of its pending start or stop
    std::string fragment = {};                    ///< FragmentPath: its file
    std::string triggers = {};                    ///< Unit of a path unit: the unit that it starts
    /// Paths of a path unit: the files whose changes start that unit.
    std::vector<std::string> watched = {};
    /// TimeoutStartUSec and TimeoutStopUSec, for each command; nothing: infinite.
    std::optional<Milliseconds> start_timeout = Milliseconds{0};
    std::optional<Milliseconds> stop_timeout = Milliseconds{0};
    unsigned start_commands = 0;  ///< ExecStartPre, ExecStart and ExecStartPost
    unsigned stop_commands = 0;   ///< ExecStop and ExecStopPost
    unsigned start_limit = 0;     ///< StartLimitBurst: the number of starts …
    std::optional<Milliseconds> start_limit_interval = Milliseconds{0};  ///< … within this time
};

/// Returns the invocation id of the last run; empty without one. A successful oneshot counts as
/// that run.

[[nodiscard]] std::string invocation_of(const UnitState& state);
/// Returns true if it is running or starting.
[[nodiscard]] bool runs(const UnitState& state);

/// Returns text such as `failed (failed), result exit-code, main process: exit status 1`.
[[nodiscard]] std::string describe(const UnitState& state);

/// Returns why a unit is not healthy that should stay in the run `expected` and had restarted
/// `restarts_before` times. Returns nothing if it is healthy or the result is not known yet.
[[nodiscard]] std::optional<std::string> fault(const UnitState& now, const std::string& expected,
                                               unsigned restarts_before);
/// Returns true while it is being started or stopped.
[[nodiscard]] bool in_between(const UnitState& state);

/// Returns its working directory; empty if it sets none, or its account's home.
[[nodiscard]] std::filesystem::path directory_of(const UnitState& state);

/// Returns why it does not run; nothing if it runs, has failed, or is a oneshot, whose runs end.
[[nodiscard]] std::optional<StoppedUnit::Why> why_stopped(const UnitState& state);

/// Returns how long a restart may take: systemd's stop and start timeouts, at least `configured`.
/// `configured` also replaces an infinite timeout.
[[nodiscard]] Milliseconds restart_bound(const UnitState& state, Milliseconds configured);

/// Returns text such as `5 times in 10s (StartLimitBurst=, StartLimitIntervalSec=)`.
[[nodiscard]] std::string start_limit_of(const UnitState& state);

/// Returns true if systemd did not or could not start its program. That says nothing about the
/// commit.
[[nodiscard]] bool never_tried(const UnitState& state);
/// Returns true if the kernel killed it because memory ran out, or another process did
/// (process::is_from_outside()). That says nothing about the commit.
[[nodiscard]] bool was_killed(const UnitState& state);

/// Returns the hint for a unit that does not run. Its commands show the status and the log, and
/// reset a start limit.
[[nodiscard]] std::string hint_for(const UnitState& state, const SystemdUnit& unit);

}  // namespace inhaul::service
