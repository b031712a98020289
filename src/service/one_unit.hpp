// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/service/service.hpp>

#include "systemd.hpp"

namespace inhaul::service {

/// Returns true if polkit does not allow the call. No password prompt is possible, a rule denies
/// it, or polkit cannot be started.
[[nodiscard]] bool says_denied(const CallError& error, std::string_view unit);

/// One unit of a deployment. Messages, rules and commands use its Id, even if the settings have an
/// alias.
class OneUnit {
public:
    /// `init_directory`: as for systemd_service(). `trigger` is the directory in the settings, if
    /// set: a change of a file there restarts the unit.
    OneUnit(SystemdUnit unit, std::optional<std::filesystem::path> init_directory,
            Milliseconds restart_deadline, std::optional<std::filesystem::path> trigger)
        : unit_(std::move(unit)),
          init_directory_(std::move(init_directory)),
          restart_deadline_(restart_deadline),
          trigger_(std::move(trigger)) {}

    /// Returns its current state.
    [[nodiscard]] Result<UnitState> state(Systemd& systemd);
    /// Waits until systemd has no job for it, at most as long as a restart may take.
    [[nodiscard]] Result<UnitState> state_after_job(Systemd& systemd);
    /// Resets its start limit and restarts it. Caller must check() its state first.
    [[nodiscard]] Result<void> restart(Systemd& systemd);
    [[nodiscard]] UnitCheck examine(Systemd& systemd);

    /// Fails unless systemd has loaded it, it is not masked, and this process does not run in it.
    [[nodiscard]] Result<void> check(const UnitState& state) const;
    /// The same check by the name alone.
    [[nodiscard]] Result<void> refuse_own(const UnitState* state) const;
    /// Returns a command such as `systemctl --user stop shop.service`.
    [[nodiscard]] std::string systemctl(std::string_view verb) const;
    [[nodiscard]] std::optional<StoppedUnit> stopped(const UnitState& state) const;
    /// Returns an error for a unit that is not healthy.
    [[nodiscard]] Error wrong(std::string message, const UnitState& state) const;
    /// Returns the error of a restart whose job has this result, not `done`. An empty result means
    /// that it was not finished within the bound. `limit` is the error of the reset of the start
    /// limit.
    [[nodiscard]] Error ended_badly(const std::string& result, const UnitState& state,
                                    Milliseconds bound, const std::optional<Error>& limit) const;

    /// Its Id, after its state was read.
    [[nodiscard]] const std::string& name() const { return unit_.unit; }

private:
    [[nodiscard]] Result<void> restart_by_trigger(Systemd& systemd);
    [[nodiscard]] std::optional<std::string> hint_for_polkit(Systemd& systemd) const;
    [[nodiscard]] Error refusal(const CallError& error, Systemd& systemd) const;
    [[nodiscard]] Error denied(const CallError& error, Systemd& systemd) const;

    SystemdUnit unit_;
    std::optional<std::filesystem::path> init_directory_;
    Milliseconds restart_deadline_;
    std::optional<std::filesystem::path> trigger_;
};

}  // namespace inhaul::service
