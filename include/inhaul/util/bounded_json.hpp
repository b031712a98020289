// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace inhaul {

/// The text, for a parser of JSON; empty, which is no JSON, when it is nested more deeply or has
/// more values than limits.hpp allows: a parser needs many times the memory of its text.
[[nodiscard]] std::string_view bounded_json(std::string_view text);

}  // namespace inhaul
