// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace inhaul::git {

/// Returns true if the time to match a git pattern may grow exponentially with its length: see
/// limits::stars.
[[nodiscard]] bool is_costly_pattern(std::string_view pattern);

}  // namespace inhaul::git
