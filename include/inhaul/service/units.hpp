// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/service/service.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// Finds units of this host for the setup of an app. Units of scope user are the units of the
/// account that this process acts as.
namespace inhaul::service {

struct Unit {
    std::string name;                 ///< its Id, with its suffix
    std::string user;                 ///< its account; empty: the account of its manager
    std::filesystem::path directory;  ///< its working directory; empty if not set
    SystemdUnit::Scope scope = SystemdUnit::Scope::system;
    std::optional<StoppedUnit::Why> why_stopped;  ///< why it does not run
};

/// Returns the unit, or nothing if systemd does not know it. Fails without systemd.
[[nodiscard]] Result<std::optional<Unit>> unit_named(SystemdUnit::Scope scope,
                                                     const std::string& name);

/// Returns the services whose working directory is this directory or below it, ordered by name.
/// Searches the units that systemd has loaded, and the units that an operator has installed. An
/// installed unit may never have run.
[[nodiscard]] Result<std::vector<Unit>> units_working_in(SystemdUnit::Scope scope,
                                                         const std::filesystem::path& directory);

}  // namespace inhaul::service
