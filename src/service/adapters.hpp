#pragma once

#include <memory>

#include <inhaul/service/service.hpp>

/// The kinds of service, one file each.
namespace inhaul::service {

/// `refused` when this process runs inside one of the units.
[[nodiscard]] Result<std::unique_ptr<Service>> systemd_service(const SystemdUnits& units,
                                                               Milliseconds restart_deadline,
                                                               Milliseconds settle);

/// The command is run in the app's directory.
[[nodiscard]] std::unique_ptr<Service> command_service(const RestartCommand& command,
                                                       const std::filesystem::path& directory,
                                                       Milliseconds restart_deadline);

}  // namespace inhaul::service
