// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace inhaul::forge {

/// A string member of an object; empty when there is none. Whole and as it came: printable() is for
/// what is shown.
[[nodiscard]] inline std::string text_in(const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace inhaul::forge
