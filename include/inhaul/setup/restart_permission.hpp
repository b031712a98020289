// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>

/// The permission of an account to restart an app's units: a polkit rule, or path units of root.
namespace inhaul::setup {

/// Returns true if the app restarts units of this manager.
[[nodiscard]] bool restarts_units_of(const Settings& settings, SystemdUnit::Scope scope);

/// Fails with code `not_found` if the app needs polkit, and polkit is not installed.
[[nodiscard]] Result<void> check_polkit(const Settings& settings, const InstallTarget& target);

/// Lets root's path units restart the app: sets the directory of the requests (`--trigger-unit`).
/// Fails with code `usage` if the app restarts no unit of the system's manager.
[[nodiscard]] Result<void> choose_trigger(const InstallTarget& target, NewApp& app);

/// Returns the files of root's path units and services for this app that are not among `artifacts`.
/// They belong to former units. If the settings have no trigger, they are all of these files.
[[nodiscard]] std::vector<std::filesystem::path> superseded_triggers(
    const Settings& settings, const InstallTarget& target, const std::vector<Artifact>& artifacts);

/// Stops and disables the path units among these files, and removes all of them.
[[nodiscard]] Result<void> end_triggers(const InstallTarget& target,
                                        const std::vector<std::filesystem::path>& files);

/// Enables the app's path units and starts them; with `restart` also if they are active.
[[nodiscard]] Result<void> start_triggers(const Settings& settings, const InstallTarget& target,
                                          bool restart);

}  // namespace inhaul::setup
