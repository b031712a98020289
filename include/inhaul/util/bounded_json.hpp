// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace inhaul {

/// Returns the text for a JSON parser. Returns an empty text, which is no JSON, if it exceeds the
/// nesting or the number of values in limits.hpp. A parser needs many times the memory of its text.
[[nodiscard]] std::string_view bounded_json(std::string_view text);

}  // namespace inhaul
