// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/setup/installation.hpp>

/// The units that poll for the apps of an account: an agent, or a timer instead.
namespace inhaul::setup {

/// Keeps the account's user manager running without a login.
[[nodiscard]] Result<void> keep_manager(const InstallTarget& target);

/// What start_agent() enabled.
struct StartedAgent {
    std::string unit;      ///< the agent's or the timer's
    bool running = false;  ///< false without systemd, as in the build of an image
};
/// Enables and starts the account's agent. A running agent rereads its settings; with `restart`, or
/// after a change of its unit, it restarts. With `target.timer`, enables and starts the timer, and
/// stops and disables the agent.
[[nodiscard]] Result<StartedAgent> start_agent(const InstallTarget& target, bool restart);

/// Makes the agent reread its settings after the removal of an app. After the `last` app, stops and
/// disables the agent and the timer.
[[nodiscard]] Result<void> settle_agent(const InstallTarget& target, bool last);

/// Enables a unit of root, and starts it if systemd runs; with `restart` also if it is active.
[[nodiscard]] Result<void> start_unit(const InstallTarget& target, const std::string& unit,
                                      bool restart);

/// Stops and disables a unit, if systemd knows it.
[[nodiscard]] Result<void> end_unit(const InstallTarget& target, const std::string& unit);

/// Makes systemd reread its units, if systemd runs.
[[nodiscard]] Result<void> reread_units(const InstallTarget& target);

}  // namespace inhaul::setup
