// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Recognizes failures that the sandbox of systemd causes in the programs that inhaul runs.
namespace inhaul::sandbox {

/// Returns the unit whose sandbox this process runs in, such as inhaul@scripts.service. Returns ""
/// for a process that was started by hand.
[[nodiscard]] std::string unit();

/// Returns a hint for a program that failed with this output in the sandbox of `unit`. Returns ""
/// if nothing in the output suggests the sandbox as the cause.
[[nodiscard]] std::string hint(std::string_view output, std::string_view unit);

}  // namespace inhaul::sandbox
