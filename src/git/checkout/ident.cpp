// SPDX-License-Identifier: Apache-2.0
#include "ident.hpp"

#include <algorithm>

#include <inhaul/util/text.hpp>

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

constexpr std::string_view blanks{" \t\r"};

/// Adds one word of a line of attributes, such as `-ident` or `text=auto`.
void add_word(std::string_view word, std::string& made) {
    const auto sign = word.find_first_not_of("-!");
    const auto name = word.substr(0, word.find('=')).substr(std::min(sign, word.size()));
    if (name != "ident") {
        made.append(word);
        return;
    }
    made.append(word.substr(0, sign)).append(our_ident).append(word.substr(sign + name.size()));
}

void add_line(std::string_view line, std::string& made) {
    bool is_pattern = true;
    while (!line.empty()) {
        const auto begin = std::min(line.find_first_not_of(blanks), line.size());
        made.append(line.substr(0, begin));
        line.remove_prefix(begin);
        const auto word = line.substr(0, line.find_first_of(blanks));
        if (is_pattern)
            made.append(word);
        else
            add_word(word, made);
        is_pattern = false;
        line.remove_prefix(word.size());
    }
}

}  // namespace

std::string with_our_ident(std::string_view attributes) {
    std::string made;
    for (const auto line : lines_of(attributes)) {
        add_line(line, made);
        made += '\n';
    }
    return made;
}

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
