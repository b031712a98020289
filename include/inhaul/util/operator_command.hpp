// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Commands in hints, as the operator has to write them on this host. They have `sudo` if this
/// process was started through sudo, or belongs to a unit of the system's manager. Then the
/// operator is another account than this process. init_command() always has `sudo`.
namespace inhaul {

/// Returns `inhaul` or `sudo inhaul`.
[[nodiscard]] std::string_view inhaul_program();
/// Returns `inhaul WORDS`, or `sudo inhaul WORDS`, which finds the account of an app itself.
[[nodiscard]] std::string inhaul_command(std::string_view words);

/// Returns `sudo inhaul init DIRECTORY OPTIONS`, which sets up the files that only root can change.
[[nodiscard]] std::string init_command(const std::filesystem::path& directory,
                                       const std::vector<std::string>& options = {});

/// Returns `git -C DIRECTORY WORDS`, to be run as this process's account. git refuses the
/// repository of another account. Files of root would stop the next deployment. `words` is shell
/// text.
[[nodiscard]] std::string git_command(const std::filesystem::path& directory,
                                      std::string_view words);

}  // namespace inhaul
