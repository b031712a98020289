#pragma once

#include <string>
#include <string_view>

#include <inhaul/service/service.hpp>

#include "systemd.hpp"

namespace inhaul::service {

/// Whether systemd answers that polkit does not allow the call for the unit: nobody could be asked
/// for a password, a rule denies it, or polkit itself cannot be started.
[[nodiscard]] bool says_denied(const CallError& error, std::string_view unit);

/// One unit, as a deployment acts on it. Messages, rules and commands name it by its Id, whichever
/// of its names the settings have.
class OneUnit {
public:
    /// With a `trigger`, the directory of the settings, the unit is restarted by way of that.
    OneUnit(SystemdUnit unit, Milliseconds restart_deadline,
            std::optional<std::filesystem::path> trigger = {})
        : unit_(std::move(unit)),
          restart_deadline_(restart_deadline),
          trigger_(std::move(trigger)) {}

    /// As it stands now.
    [[nodiscard]] Result<UnitState> state(Systemd& systemd);
    /// Restarts it, after its start limit was lifted. It was loaded().
    [[nodiscard]] Result<void> restart(Systemd& systemd);
    [[nodiscard]] Examined examine(Systemd& systemd);

    /// It may be acted on: systemd has it, it is not masked, and this process does not run in it.
    [[nodiscard]] Result<void> check(const UnitState& state) const;
    /// The same, as far as the name alone tells.
    [[nodiscard]] Result<void> refuse_own(const UnitState* state) const;
    [[nodiscard]] std::optional<Resting> resting(const UnitState& state) const;
    /// An error about a unit that does not run as it should.
    [[nodiscard]] Error wrong(std::string message, const UnitState& state) const;

    /// Its Id, once its state was asked for.
    [[nodiscard]] const std::string& name() const { return unit_.unit; }

private:
    [[nodiscard]] Result<void> restart_by_trigger(Systemd& systemd);
    [[nodiscard]] Error refusal(const CallError& error) const;
    [[nodiscard]] Error denied(const CallError& error) const;
    [[nodiscard]] Error ended_badly(const std::string& result, const UnitState& state,
                                    Milliseconds bound, const std::optional<Error>& limit) const;
    [[nodiscard]] std::string systemctl(std::string_view words) const;

    SystemdUnit unit_;
    Milliseconds restart_deadline_;
    std::optional<std::filesystem::path> trigger_;
};

}  // namespace inhaul::service
