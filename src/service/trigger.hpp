#pragma once

#include <filesystem>
#include <string>

#include <inhaul/util/result.hpp>

#include "systemd.hpp"

namespace inhaul::service {

/// SafeDirectory's units that restart a unit when a file is written to.
struct Trigger {
    std::string path_unit;       ///< that watches the file
    std::string service;         ///< that it starts, and that restarts the unit
    std::filesystem::path file;  ///< whose change is the request
};

/// The trigger of the unit, by its Id, in the directory that the settings name. An error says what
/// is missing: an active path unit that watches the file, files of root's alone, write permission.
[[nodiscard]] Result<Trigger> find_trigger(Systemd& systemd, const std::filesystem::path& directory,
                                           const std::string& unit);

/// Changes the file, so that what watches it starts once. Makes it, if it is missing.
[[nodiscard]] Result<void> request_restart(const std::filesystem::path& file);

}  // namespace inhaul::service
