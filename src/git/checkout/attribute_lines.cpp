// SPDX-License-Identifier: Apache-2.0
#include "attribute_lines.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <inhaul/util/text.hpp>

#include "ident.hpp"

namespace inhaul::git {
namespace {

constexpr std::string_view attribute_blanks{" \t\r\n"};
constexpr std::string_view macro_prefix{"[attr]"};
constexpr std::string_view byte_order_mark{"\xef\xbb\xbf"};
constexpr std::size_t longest_line = 2047;

std::string_view without_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(attribute_blanks), text.size()));
    return text;
}

/// Removes and returns the text up to the next blank.
std::string_view take_word(std::string_view& rest) {
    const auto word = rest.substr(0, rest.find_first_of(attribute_blanks));
    rest.remove_prefix(word.size());
    return word;
}

/// Removes and returns the character behind a backslash; nothing if it is no escape.
std::optional<char> take_escape(std::string_view& rest) {
    constexpr std::string_view letters{"abfnrtv\\\""};
    constexpr std::string_view meanings{"\a\b\f\n\r\t\v\\\""};
    if (rest.empty()) return std::nullopt;
    if (const auto at = letters.find(rest.front()); at != std::string_view::npos) {
        rest.remove_prefix(1);
        return meanings[at];
    }
    constexpr std::size_t digits = 3;
    if (rest.size() < digits || rest.front() > '3') return std::nullopt;
    unsigned value = 0;
    for (const char c : rest.substr(0, digits)) {
        if (c < '0' || c > '7') return std::nullopt;
        value = value * 8 + static_cast<unsigned>(c - '0');
    }
    rest.remove_prefix(digits);
    return static_cast<char>(value);
}

/// Removes and returns a text in quotes; nothing if its quotes are wrong.
std::optional<std::string> take_quoted(std::string_view& rest) {
    auto left = rest;
    if (!left.starts_with('"')) return std::nullopt;
    left.remove_prefix(1);
    std::string text;
    while (!left.empty()) {
        const char c = left.front();
        left.remove_prefix(1);
        if (c == '"') {
            rest = left;
            return text;
        }
        const auto made = c == '\\' ? take_escape(left) : std::optional{c};
        if (!made) return std::nullopt;
        text += *made;
    }
    return std::nullopt;
}

bool is_attribute_name(std::string_view name) {
    return !name.empty() && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '.' || c == '_';
           });
}

/// One word of a line. A sign has no value: git ignores that of `-text=auto`.
struct Word {
    std::string_view sign;
    std::string_view name;
    std::string_view value;  ///< with the `=`
};

Word split_word(std::string_view word) {
    const std::size_t sign = word.starts_with('-') || word.starts_with('!') ? 1 : 0;
    const auto name = word.substr(sign, word.find('=', sign) - sign);
    return {word.substr(0, sign), name, sign == 0 ? word.substr(name.size()) : std::string_view{}};
}

std::string_view renamed(std::string_view name) {
    return name == "ident" ? std::string_view{our_ident} : name;
}

std::string words_of(const AttributeLine& line) {
    std::string made;
    for (const auto& word : line.words) {
        const auto [sign, name, value] = split_word(word);
        made.append(" ").append(sign).append(renamed(name)).append(value);
        if (value == "=") made += ',';  // an empty value is `true` for libgit2
    }
    return made + "\n";
}

/// Escapes white space, as libgit2 reads it. Returns nothing for a pattern that never matches.
std::optional<std::string> escaped_pattern(std::string_view pattern) {
    if (pattern.empty() || pattern == macro_prefix || pattern.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::string made;
    if (pattern.starts_with('#')) made += '\\';
    bool escaped = false;
    for (const char c : pattern) {
        if (!escaped && std::string_view{" \t\n\v\f\r"}.find(c) != std::string_view::npos)
            made += '\\';
        made += c;
        escaped = c == '\\' && !escaped;
    }
    return escaped ? std::nullopt : std::optional{made};
}

using Macros = std::map<std::string, AttributeLine, std::less<>>;

constexpr int deepest_macro = 50;

/// Adds a macro behind the macros that it uses.
void add_macro(const Macros& macros, std::string_view name, std::set<std::string_view>& added,
               std::string& made, int depth) {
    const auto found = macros.find(name);
    if (found == macros.end() || !added.insert(found->first).second) return;
    for (const auto& word : found->second.words)
        if (depth < deepest_macro) add_macro(macros, word, added, made, depth + 1);
    made.append(macro_prefix).append(renamed(name)).append(words_of(found->second));
}

}  // namespace

std::optional<AttributeLine> attribute_line(std::string_view line) {
    if (line.size() > longest_line) return std::nullopt;
    auto rest = without_blanks(line);
    if (rest.empty() || rest.starts_with('#')) return std::nullopt;
    AttributeLine made;
    auto quoted = take_quoted(rest);
    made.name = quoted ? *std::move(quoted) : std::string{take_word(rest)};
    made.is_macro = made.name.size() > macro_prefix.size() && made.name.starts_with(macro_prefix);
    if (made.is_macro) made.name.erase(0, macro_prefix.size());
    if (made.is_macro ? !is_attribute_name(made.name) : made.name.starts_with('!'))
        return std::nullopt;
    for (rest = without_blanks(rest); !rest.empty(); rest = without_blanks(rest)) {
        const auto word = take_word(rest);
        if (!is_attribute_name(split_word(word).name)) return std::nullopt;
        made.words.emplace_back(word);
    }
    return made;
}

std::string for_libgit2(std::string_view attributes, bool is_root) {
    attributes = attributes.substr(0, attributes.find('\0'));
    Macros macros;
    std::string rules;
    for (const auto text : lines_of(attributes)) {
        auto line = attribute_line(text);
        if (!line) continue;
        if (line->is_macro) {
            if (is_root) macros.insert_or_assign(line->name, *std::move(line));
        } else if (const auto pattern = escaped_pattern(line->name);
                   pattern && !line->words.empty()) {
            rules.append(*pattern).append(words_of(*line));
        }
    }
    // git takes a byte order mark for a part of the first pattern. libgit2 skips it.
    std::string made{attributes.starts_with(byte_order_mark) ? "#\n" : ""};
    std::set<std::string_view> added;
    for (const auto& macro : macros)
        add_macro(macros, macro.first, added, made, 0);
    return made + rules;
}

}  // namespace inhaul::git
