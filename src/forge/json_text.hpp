// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace inhaul::forge {

/// Returns a string member of an object, complete and unescaped; empty if there is none. Use
/// printable() before it is shown.
[[nodiscard]] inline std::string text_in(const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace inhaul::forge
