// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <inhaul/service/service.hpp>

/// The implementations of Service, one file each.
namespace inhaul::service {

/// Fails with `refused` if this process runs in one of the units. `directory`: the app's, for
/// commands in hints.
[[nodiscard]] Result<std::unique_ptr<Service>> systemd_service(
    const SystemdUnits& units, const std::filesystem::path& directory,
    Milliseconds restart_deadline, Milliseconds settle);

/// Runs the command in the app's directory.
[[nodiscard]] std::unique_ptr<Service> command_service(const RestartCommand& command,
                                                       const std::filesystem::path& directory,
                                                       Milliseconds restart_deadline);

}  // namespace inhaul::service
