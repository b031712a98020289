// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/service/units.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>

/// What `inhaul init` changes on the host: decided before the first file changes.
namespace inhaul::setup {

/// The app to set up.
struct InstallRequest {
    InstallTarget target;
    NewApp app;
    std::optional<Settings> existing = {};  ///< the app's existing settings
    std::string written = {};               ///< the text of their file
};

/// An artifact, and how the disk differs from it.
struct PlannedArtifact {
    Artifact artifact;
    DiskState present = DiskState::no;
};

struct InstallPlan {
    Settings settings;
    std::vector<PlannedArtifact> artifacts = {};         ///< in the order of their installation
    std::vector<std::string> changed_keys = {};          ///< of existing settings
    std::vector<service::Unit> units = {};               ///< the app's, as systemd knows them
    std::vector<std::filesystem::path> superseded = {};  ///< files of root's units to remove

    [[nodiscard]] std::vector<Artifact> with(DiskState present) const;
    /// Returns whether the file is to be created.
    [[nodiscard]] bool creates(const std::filesystem::path& path) const;
    /// Returns whether the file is to be created or changed.
    [[nodiscard]] bool changes(const std::filesystem::path& path) const;
    [[nodiscard]] bool changes_nothing() const;
};

/// Returns the plan, and changes nothing. `force` replaces existing settings instead of extending
/// them. Fails with the first problem of the settings that the plan itself does not solve. Fails
/// with `refused` if a gate would be lost, or if other accounts can change root's directory.
[[nodiscard]] Result<InstallPlan> plan_installation(const InstallRequest& request, bool force);

/// Fails with code `refused` if a file of somebody else would be overwritten. The settings, and
/// files that an older version wrote, may change.
[[nodiscard]] Result<void> check_overwriting(const InstallPlan& plan);

/// Installs all artifacts or none, and then removes the superseded files. A signal before the last
/// artifact undoes the installation.
[[nodiscard]] Result<void> install(const InstallPlan& plan, const InstallTarget& target);

}  // namespace inhaul::setup
