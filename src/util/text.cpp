// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/text.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace inhaul {
namespace {

/// Returns the number of edits between two words: insert, remove, replace or swap letters.
std::size_t distance(std::string_view one, std::string_view other) {
    const auto width = other.size() + 1;
    std::vector<std::size_t> before(width);
    std::vector<std::size_t> last(width);
    std::vector<std::size_t> row(width);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= one.size(); ++i) {
        before = std::exchange(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row.back();
}

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;  ///< 0 if the bytes are not UTF-8
};

/// Returns the first code point by RFC 3629: shortest form, no surrogates.
CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
    std::uint32_t value = lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return {};
        value = value << 6U | (byte(i) & 0x3fU);
    }
    const std::uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
    return {value, size};
}

/// Returns true for control characters, invisible characters, and characters that change the text
/// direction.
bool is_misleading(std::uint32_t value) {
    return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x61c ||
           (value >= 0x200b && value <= 0x200f) || (value >= 0x2028 && value <= 0x202e) ||
           (value >= 0x2060 && value <= 0x2069) || value == 0xfeff;
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
    const auto limit = std::clamp<std::size_t>(word.size() / 3, 1, 3);
    std::optional<std::string_view> best;
    std::size_t least = limit + 1;
    for (const auto candidate : candidates) {
        const auto far = distance(word, candidate);
        if (far >= least) continue;
        least = far;
        best = candidate;
    }
    return best;
}

std::string printable(std::string_view text, std::size_t limit) {
    std::string clean;
    for (std::size_t shown = 0; !text.empty(); ++shown) {
        if (shown == limit) return clean + "…";
        const auto point = decode(text);
        const auto size = std::max<std::size_t>(point.bytes, 1);
        if (point.bytes == 0 || is_misleading(point.value)) {
            for (const auto c : text.substr(0, size))
                clean += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            clean += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    return clean;
}

std::string shell_word(std::string_view text) {
    constexpr std::size_t longest = 4096;  // PATH_MAX
    const auto clean = printable(text, longest);
    if (!clean.empty() && is_alphanumeric(clean, "_-+=./:@%")) return clean;
    std::string word{"'"};
    for (const char c : clean)
        word += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    return word + "'";
}

std::string shell_command(const std::vector<std::string>& argv) {
    std::string command;
    for (const auto& word : argv)
        command += (command.empty() ? "" : " ") + shell_word(word);
    return command;
}

bool is_alphanumeric(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

bool is_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string to_hex(std::string_view bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char byte : bytes)
        fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
    return hex;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white{" \t\r\n\v\f"};
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
    }
    return lines;
}

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

std::string indent_lines(std::string_view text, std::string_view indent) {
    std::string indented;
    for (const auto line : lines_of(text)) {
        if (!indented.empty()) indented.append("\n").append(indent);
        indented += line;
    }
    return indented;
}

std::string with_hint(std::string_view message, std::string_view hint) {
    std::string text{message};
    for (const auto line : lines_of(hint)) {
        if (!text.empty())
            text += text.ends_with('.') ? " " : text.size() == message.size() ? ". " : "; ";
        text += line;
    }
    return text;
}

std::string with_quoted_commands(std::string_view hint) {
    constexpr std::string_view mark{"un: "};
    std::string text;
    for (const auto line : lines_of(hint)) {
        if (!text.empty()) text += '\n';
        const auto at = line.find(mark);
        const bool run =
            at != std::string_view::npos && at > 0 && (line[at - 1] == 'R' || line[at - 1] == 'r');
        text += run ? fmt::format("{}un `{}`", line.substr(0, at), line.substr(at + mark.size()))
                    : std::string{line};
    }
    return text;
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    constexpr int base = 16;
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto digits = text.substr(i + 1, 2);
        unsigned byte = 0;
        const auto* const end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, byte, base);
        if (digits.size() != 2 || parsed.ec != std::errc{} || parsed.ptr != end)
            return std::nullopt;
        decoded += static_cast<char>(byte);
        i += 2;
    }
    return decoded;
}

}  // namespace inhaul
