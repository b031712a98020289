#pragma once

#include <functional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

#include "bus.hpp"
#include "unit_state.hpp"

namespace inhaul::service {

/// The systemd of the host or of the account, as org.freedesktop.systemd1(5) describes it.
class Systemd {
public:
    /// Also asks it to send its signals to us.
    [[nodiscard]] static Result<Systemd> connect(SystemdUnit::Scope scope);

    /// The unit as it stands now, all of it read at one moment.
    [[nodiscard]] Result<UnitState> state(const std::string& unit);

    /// The names of all units that systemd has loaded now and that fit the pattern: `*.service`.
    [[nodiscard]] Result<std::vector<std::string>> loaded(const std::string& pattern);
    /// Those that a person has installed: all files of services but those of packages, and
    /// templates.
    [[nodiscard]] Result<std::vector<std::string>> installed_services();

    /// How a job ended: `done`, `failed`, `canceled`, …; empty when it has not by its deadline.
    using JobResult = std::string;
    [[nodiscard]] tl::expected<JobResult, CallError> restart(const std::string& unit,
                                                             Milliseconds deadline);

    /// Calls `request`, which leads to a run of the service `helper`, which restarts the unit.
    /// Returns how the unit's job ended; empty when it has not by `until`. An error when `helper`
    /// failed, had not run by then, or did not restart the unit.
    [[nodiscard]] Result<JobResult> restart_through(const std::string& helper,
                                                    const std::string& unit, SteadyPoint until,
                                                    const std::function<Result<void>()>& request);

    /// Whether restart() would be allowed. systemd asks polkit before it looks at how it is to be
    /// done; to restart in the mode `isolate` is never possible.
    [[nodiscard]] tl::expected<void, CallError> may_restart(const std::string& unit);

    /// Forgets how the unit's last run has ended, and how often it was started: its start limit is
    /// lifted.
    [[nodiscard]] tl::expected<void, CallError> reset_failed(const std::string& unit);

    /// Calls `judge` now and after each change of one of the units, until it returns true or the
    /// time has come; true in the first case.
    [[nodiscard]] Result<bool> watch(const std::vector<std::string>& units, SteadyPoint until,
                                     const std::function<Result<bool>()>& judge);

private:
    explicit Systemd(Bus bus) : bus_(std::move(bus)) {}
    [[nodiscard]] Result<std::string> path(const std::string& unit);
    Bus bus_;
};

}  // namespace inhaul::service
