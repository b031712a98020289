// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Units of root that restart an app's unit for an account without that permission. The account
/// changes a file. A path unit watches it and starts a service. Neither reads the file.
namespace inhaul::service {

/// Returns the file that requests a restart of the unit, in the directory of `service.trigger`.
[[nodiscard]] std::filesystem::path trigger_file(const std::filesystem::path& directory,
                                                 std::string_view unit);

/// Returns the text of the path unit. It starts the service that has the same name.
[[nodiscard]] std::string trigger_path_unit(std::string_view unit,
                                            const std::filesystem::path& file);

/// The text of the service that resets the unit's start limit and restarts it. It does not wait for
/// the restart to end: a further request replaces one that hangs.
[[nodiscard]] std::string trigger_service_unit(std::string_view unit);
/// Returns the text that earlier versions wrote.
[[nodiscard]] std::string older_trigger_service_unit(std::string_view unit);

}  // namespace inhaul::service
