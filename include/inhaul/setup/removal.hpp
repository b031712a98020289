// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/setup/installation.hpp>

/// The removal of the files and units that `inhaul init` set up for an app.
namespace inhaul::setup {

/// Returns the existing files of an app in the order of their removal. The settings come first, so
/// that no deployment starts with the rest. The files have the names that init gives them, or that
/// the settings name, if they can be read. Only directories of init are considered. Leaves out a
/// file that the account's other apps (`others`) also name.
[[nodiscard]] std::vector<Artifact> remains_of(const std::string& app, const Settings* settings,
                                               const std::vector<Settings>& others,
                                               const InstallTarget& target);

/// Removes the file, and its directory if that held only drop-ins. A missing file is no error.
[[nodiscard]] Result<void> remove_artifact(const Artifact& artifact);

}  // namespace inhaul::setup
