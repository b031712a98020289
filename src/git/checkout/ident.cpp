// SPDX-License-Identifier: Apache-2.0
#include "ident.hpp"

namespace inhaul::git {
namespace {

/// Returns the text after a dollar sign, through the next dollar sign. The text must be `Id$` or
/// `Id:…$` in one line. Otherwise returns an empty text.
std::string_view ident_in(std::string_view rest) {
    if (rest.starts_with("Id$")) return rest.substr(0, 3);
    if (!rest.starts_with("Id:")) return {};
    const auto end = rest.find_first_of("$\n", 3);
    if (end == std::string_view::npos || rest[end] == '\n') return {};
    return rest.substr(0, end + 1);
}

/// Returns true if it contains several words, as other systems write.
bool is_foreign(std::string_view ident) {
    const auto space = ident.find(' ', 4);
    return space != std::string_view::npos && space + 2 < ident.size();
}

template <class Replace>
std::string replaced(std::string_view content, const Replace& replace) {
    std::string made;
    for (;;) {
        const auto dollar = content.find('$');
        if (dollar == std::string_view::npos) return made.append(content);
        made.append(content.substr(0, dollar + 1));
        content.remove_prefix(dollar + 1);
        const auto ident = ident_in(content);
        if (ident.empty() || !replace(ident, made)) continue;
        content.remove_prefix(ident.size());
    }
}

}  // namespace

std::string with_idents(std::string_view content, std::string_view id) {
    return replaced(content, [&](std::string_view ident, std::string& made) {
        if (is_foreign(ident)) return false;
        made.append("Id: ").append(id).append(" $");
        return true;
    });
}

std::string without_idents(std::string_view content) {
    return replaced(content, [](std::string_view /*ident*/, std::string& made) {
        made.append("Id$");
        return true;
    });
}

}  // namespace inhaul::git
