// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul {

/// Returns the candidate with the least edit distance to `word`: the word that was probably meant.
/// Returns nothing if that distance is over a third of the word's length (at least 1, at most 3).
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// Returns `text` for one line of a terminal or a log. Control characters and bytes that are not
/// UTF-8 become `\xNN`. An ellipsis replaces the rest after `limit` code points.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 400);

/// Returns printable text as one word of a shell command that an operator can paste.
[[nodiscard]] std::string shell_word(std::string_view text);
/// Returns the command with these arguments, in the same form.
[[nodiscard]] std::string shell_command(const std::vector<std::string>& argv);

/// Return true for ASCII only. The locale has no effect.
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_alphanumeric(char c) {
    return is_letter(c) || is_digit(c);
}
[[nodiscard]] constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
/// Returns true for text of ASCII letters, digits and these other characters only.
[[nodiscard]] bool is_alphanumeric(std::string_view text, std::string_view others);

/// Returns true for text of hex digits in lower case only.
[[nodiscard]] bool is_hex(std::string_view text);
/// Returns two hex digits in lower case for each byte.
[[nodiscard]] std::string to_hex(std::string_view bytes);

/// Returns `text` without the white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Returns the lines of `text` without their final `\n`, as views of it.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// Returns `text` with `indent` before each line but the first.
[[nodiscard]] std::string indent_lines(std::string_view text, std::string_view indent);

/// Returns the message and the hint of an error in one line: `message. hint`.
[[nodiscard]] std::string with_hint(std::string_view message, std::string_view hint);
/// Returns the hint for the middle of a text: a command that ends a line of it has backticks, as
/// in "Run `COMMAND`".
[[nodiscard]] std::string with_quoted_commands(std::string_view hint);

/// Returns `text` with ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Returns the number of terminal columns for `text`. It counts code points, which suffices for the
/// characters that inhaul prints.
[[nodiscard]] std::size_t columns(std::string_view text);

/// Returns `text` with each %XX decoded to its byte. Returns nothing if a % has no two hex digits
/// after it.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace inhaul
