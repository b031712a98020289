// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace inhaul::config {

/// Returns FNV-1a with 64 bits as hex digits, which is the same in every build.
[[nodiscard]] std::string hash_of(std::string_view text);

}  // namespace inhaul::config
