// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/util/result.hpp>

#include "systemd.hpp"

namespace inhaul::service {

/// Units of root that restart a unit when a file is written.
struct InstalledTrigger {
    std::string path_unit;       ///< watches the file and starts the service
    std::string service;         ///< restarts the unit
    std::filesystem::path file;  ///< its change requests a restart
};

/// Returns the trigger of the unit, by its Id, in the directory of the settings. A trigger needs an
/// active path unit that watches the file, files that only root can change, and write permission.
/// The error names the missing part. `init_directory`: as for systemd_service().
[[nodiscard]] Result<InstalledTrigger> find_trigger(
    Systemd& systemd, const std::filesystem::path& directory, const std::string& unit,
    const std::optional<std::filesystem::path>& init_directory);

/// Changes the file, so that its path unit starts once. Creates a missing file.
[[nodiscard]] Result<void> request_restart(const std::filesystem::path& file);

}  // namespace inhaul::service
