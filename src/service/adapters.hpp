// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include <inhaul/service/service.hpp>

/// The implementations of Service, one file each.
namespace inhaul::service {

/// Fails with `refused` if this process runs in one of the units. `init_directory`: the app's
/// directory, if `sudo inhaul init` manages the app.
[[nodiscard]] Result<std::unique_ptr<Service>> systemd_service(
    const SystemdUnits& units, const std::optional<std::filesystem::path>& init_directory,
    Milliseconds restart_deadline, Milliseconds settle);

/// Runs the command in the app's directory.
[[nodiscard]] std::unique_ptr<Service> command_service(const RestartCommand& command,
                                                       const std::filesystem::path& directory,
                                                       Milliseconds restart_deadline);

}  // namespace inhaul::service
