// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/bounded_json.hpp>

#include <inhaul/util/limits.hpp>

namespace inhaul {

std::string_view bounded_json(std::string_view text) {
    std::size_t depth = 0;
    std::size_t values = 1;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') ++at;
            if (c == '"') in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && depth > 0) --depth;
        if (c == '[' || c == '{' || c == ',') ++values;
        if (depth > limits::json_depth || values > limits::json_values) return {};
    }
    return text;
}

}  // namespace inhaul
