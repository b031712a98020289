// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What systemd's sandbox takes from the programs that inhaul runs.
namespace inhaul::sandbox {

/// The unit whose sandbox this process runs in, such as inhaul@scripts.service; empty when there is
/// none: by hand.
[[nodiscard]] std::string unit();

/// What helps where a program has failed with this output in the sandbox of `unit`. Empty when
/// nothing in the output looks as if the sandbox was the cause.
[[nodiscard]] std::string hint(std::string_view output, std::string_view unit);

}  // namespace inhaul::sandbox
