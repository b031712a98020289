// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Recognises failures that the sandbox of systemd causes in the programs that inhaul runs.
namespace inhaul::sandbox {

/// Returns the unit whose sandbox this process runs in, such as inhaul@scripts.service. Returns ""
/// for a process that was started by hand.
[[nodiscard]] std::string unit();

/// Returns a hint for a program that failed with this output in the sandbox of `unit`. Returns ""
/// if nothing in the output suggests the sandbox as the cause.
[[nodiscard]] std::string hint(std::string_view output, std::string_view unit);

/// Returns the command that edits a unit: `sudo systemctl edit inhaul@scripts.service`. inhaul's
/// units of an account's own manager have no @ in their names.
[[nodiscard]] std::string edit_command(std::string_view unit);

/// Returns the hint that lets a unit write to a directory. `edit_command`: of the unit.
[[nodiscard]] std::string allow_writing(std::string_view edit_command, std::string_view directory);

}  // namespace inhaul::sandbox
