// SPDX-License-Identifier: Apache-2.0
#include "safe_path.hpp"

#include <algorithm>
#include <array>
#include <climits>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

/// Returns the length of a leading code point that HFS+ leaves out of a name; else 0. These are
/// U+200C to U+200F, U+202A to U+202E, U+206A to U+206F and U+FEFF, in UTF-8.
std::size_t ignored_by_hfs(std::string_view text) {
    if (text.size() < 3) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const bool ignored =
        (byte(0) == 0xe2 && byte(1) == 0x80 && byte(2) >= 0x8c && byte(2) <= 0x8f) ||
        (byte(0) == 0xe2 && byte(1) == 0x80 && byte(2) >= 0xaa && byte(2) <= 0xae) ||
        (byte(0) == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xaa && byte(2) <= 0xaf) ||
        (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf);
    return ignored ? 3 : 0;
}

/// Returns the name as lenient file systems read it: in lower case, without the parts that HFS+ or
/// NTFS removes.
std::string lenient_form(std::string_view part) {
    std::string seen;
    while (!part.empty()) {
        if (const auto size = ignored_by_hfs(part); size > 0) {
            part.remove_prefix(size);
            continue;
        }
        const char c = part.front();
        part.remove_prefix(1);
        if (c == ':' || c == '\\') break;
        seen += c;
    }
    while (seen.ends_with('.') || seen.ends_with(' '))
        seen.pop_back();
    return lower_case(seen);
}

bool is_dot_git(std::string_view seen) {
    return seen == ".git" || seen == "git~1";
}

/// Returns true for the name and for its short forms on NTFS, such as `gitmod~1` (git's path.c).
bool is_dot_gitmodules(std::string_view seen) {
    constexpr std::size_t short_size = 8;
    const auto tilde = seen.find('~');
    if (tilde == std::string_view::npos || seen.size() != short_size) return seen == ".gitmodules";
    const auto name = seen.substr(0, tilde);
    const auto number = seen.substr(tilde + 1);
    if (number.empty() || number.front() == '0' ||
        number.find_first_not_of("0123456789") != std::string_view::npos)
        return false;
    return name == "gitmod" ? number.front() <= '4' : std::string_view{"gi7eba"}.starts_with(name);
}

/// Checks a part of a path. git also checks the text behind each backslash.
std::optional<std::string> unsafe_part(std::string_view part, bool is_link) {
    for (;;) {
        const auto seen = lenient_form(part);
        if (is_dot_git(seen)) return "leads into .git";
        if (is_link && is_dot_gitmodules(seen)) return "is a link with the name .gitmodules";
        const auto backslash = part.find('\\');
        if (backslash == std::string_view::npos) return std::nullopt;
        part.remove_prefix(backslash + 1);
    }
}

}  // namespace

std::optional<std::string> unsafe_path(std::string_view path, bool is_link) {
    if (path.size() >= PATH_MAX) return "is too long";
    if (path.substr(0, path.find('/')) == ".git.inhaul") return "has a name that inhaul reserves";
    std::string_view rest = path;
    for (;;) {
        const auto part = rest.substr(0, rest.find('/'));
        if (part.empty() || part == "." || part == "..")
            return fmt::format("has a part \"{}\"", part);
        if (part.size() > NAME_MAX) return "has a part that is too long for a file name";
        if (part.find('\0') != std::string_view::npos) return "contains a NUL byte";
        if (auto reason = unsafe_part(part, is_link)) return reason;
        if (part.size() == rest.size()) return std::nullopt;
        rest.remove_prefix(part.size() + 1);
    }
}

}  // namespace inhaul::git
