// SPDX-License-Identifier: Apache-2.0
#include "patterns.hpp"

#include <inhaul/util/limits.hpp>

namespace inhaul::git {

bool is_costly_pattern(std::string_view pattern) {
    std::size_t runs = 0;
    bool odd_double = false;
    for (std::size_t at = 0; (at = pattern.find('*', at)) != std::string_view::npos;) {
        auto end = pattern.find_first_not_of('*', at);
        if (end == std::string_view::npos) end = pattern.size();
        ++runs;
        const bool whole =
            (at == 0 || pattern[at - 1] == '/') && (end == pattern.size() || pattern[end] == '/');
        odd_double = odd_double || (end - at > 1 && !whole);
        at = end;
    }
    return runs > (odd_double ? limits::stars_with_double_star : limits::stars);
}

}  // namespace inhaul::git
