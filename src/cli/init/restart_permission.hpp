// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>

#include <cli/cli.hpp>

/// The permission of an account to restart an app's units: a polkit rule, or path units of root.
namespace inhaul::cli {

/// Returns true if the app restarts units of this manager.
[[nodiscard]] bool restarts_units_of(const Settings& settings, SystemdUnit::Scope scope);

/// Fails with code `not_found` if the app needs polkit, and polkit is not installed.
[[nodiscard]] Result<void> check_polkit(const Settings& settings,
                                        const setup::InstallTarget& target);

/// With --trigger-unit, sets the directory of the requests. Fails with code `usage` if the app
/// restarts no unit of the system's manager.
[[nodiscard]] Result<void> choose_trigger(const InitOptions& options,
                                          const setup::InstallTarget& target, setup::NewApp& app);

/// Returns the files of root's path units and services for this app that are not among `artifacts`:
/// those of former units, or all of them without a trigger.
[[nodiscard]] std::vector<std::filesystem::path> superseded_triggers(
    const Settings& settings, const setup::InstallTarget& target,
    const std::vector<setup::Artifact>& artifacts);

/// Stops and disables the path units among these files, and removes all of them.
[[nodiscard]] Result<void> end_triggers(const setup::InstallTarget& target,
                                        const std::vector<std::filesystem::path>& files);

/// Enables the app's path units and starts them; with `restart` also if they are active.
[[nodiscard]] Result<void> start_triggers(const Settings& settings,
                                          const setup::InstallTarget& target, bool restart);

}  // namespace inhaul::cli
