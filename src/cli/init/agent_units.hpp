#pragma once

#include <string_view>

#include <inhaul/setup/installation.hpp>

/// The units that watch the apps of an account: an agent, or a timer in its place.
namespace inhaul::cli {

/// Keeps the account's own manager running also while nobody is logged in. When that fails, what
/// happens `otherwise` is told. Whether it does.
bool keep_manager(const setup::InstallTarget& target, std::string_view otherwise);

/// Enables the agent of the account and starts it. One that runs rereads its settings, or is
/// started anew: when that is told, and when its unit has changed since it was started. With
/// `seat.timer` the timer is enabled and started, and the agent stopped and disabled.
[[nodiscard]] Result<void> start_agent(const setup::InstallTarget& target, bool anew);

/// Of an account that has one app less: the agent rereads its settings. When that was the `last`
/// one, agent and timer are stopped and disabled.
[[nodiscard]] Result<void> settle_agent(const setup::InstallTarget& target, bool last);

/// systemd rereads its units, where it runs.
[[nodiscard]] Result<void> reread_units(const setup::InstallTarget& target);

}  // namespace inhaul::cli
