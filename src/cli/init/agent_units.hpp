// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <inhaul/setup/installation.hpp>

/// The units that poll for the apps of an account: an agent, or a timer instead.
namespace inhaul::cli {

/// Keeps the account's own service manager running without a login. Prints the consequence
/// `otherwise`, and returns false, if that fails.
bool keep_manager(const setup::InstallTarget& target, std::string_view otherwise);

/// Enables and starts the account's agent. A running agent rereads its settings; with `restart`, or
/// after a change of its unit, it restarts. With `target.timer`, enables and starts the timer, and
/// stops and disables the agent.
[[nodiscard]] Result<void> start_agent(const setup::InstallTarget& target, bool restart);

/// Makes the agent reread its settings after the removal of an app. After the `last` app, stops and
/// disables the agent and the timer.
[[nodiscard]] Result<void> settle_agent(const setup::InstallTarget& target, bool last);

/// Enables a unit of root, and starts it if systemd runs; with `restart` also if it is active.
[[nodiscard]] Result<void> start_unit(const setup::InstallTarget& target, const std::string& unit,
                                      bool restart);

/// Stops and disables a unit, if systemd knows it.
[[nodiscard]] Result<void> end_unit(const setup::InstallTarget& target, const std::string& unit);

/// Makes systemd reread its units, if systemd runs.
[[nodiscard]] Result<void> reread_units(const setup::InstallTarget& target);

}  // namespace inhaul::cli
