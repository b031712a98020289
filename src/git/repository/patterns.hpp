#pragma once

#include <string_view>

namespace inhaul::git {

/// Whether matching a pattern as git writes them may take time that grows beyond measure with its
/// length: see limits::stars.
[[nodiscard]] bool is_costly_pattern(std::string_view pattern);

}  // namespace inhaul::git
