// SPDX-License-Identifier: Apache-2.0
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
    /// Also subscribes to its signals.
    [[nodiscard]] static Result<Systemd> connect(SystemdUnit::Scope scope);

    /// Returns the state of the unit, with all properties of the same moment.
    [[nodiscard]] Result<UnitState> state(const std::string& unit);

    /// Returns the names of all loaded units that match the pattern, such as `*.service`.
    [[nodiscard]] Result<std::vector<std::string>> loaded(const std::string& pattern);
    /// Returns the services that an operator has installed: all unit files except files of packages
    /// and templates.
    [[nodiscard]] Result<std::vector<std::string>> installed_services();

    /// Returns a job's result: `done`, `failed`, `canceled`, …; empty if the deadline passed first.
    using JobResult = std::string;
    [[nodiscard]] tl::expected<JobResult, CallError> restart(const std::string& unit,
                                                             Milliseconds deadline);

    /// Calls `request`, which starts the service `helper`, which restarts the unit. Returns the
    /// result of the unit's job; empty if `until` passed first. Fails if `helper` failed, did not
    /// run in time, or did not restart the unit.
    [[nodiscard]] Result<JobResult> restart_through(const std::string& helper,
                                                    const std::string& unit, SteadyPoint until,
                                                    const std::function<Result<void>()>& request);

    /// Returns whether restart() is allowed. Requests a restart in the mode `isolate`, which is
    /// never possible: systemd asks polkit before it checks the mode.
    [[nodiscard]] tl::expected<void, CallError> may_restart(const std::string& unit);

    /// Resets the unit's failed state and its start limit.
    [[nodiscard]] tl::expected<void, CallError> reset_failed(const std::string& unit);

    /// Calls `judge` now and after each change of a unit, until it returns true. Returns false if
    /// the time passes first.
    [[nodiscard]] Result<bool> watch(const std::vector<std::string>& units, SteadyPoint until,
                                     const std::function<Result<bool>()>& judge);

private:
    explicit Systemd(Bus bus) : bus_(std::move(bus)) {}
    [[nodiscard]] Result<std::string> path(const std::string& unit);
    Bus bus_;
};

}  // namespace inhaul::service
