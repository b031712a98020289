// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul {

/// The candidate that was probably meant by `word`: the one with the least edit distance, if that
/// is at most a third of the word's length (at least 1, at most 3).
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// `text` for one line of a terminal or a log: control characters and bytes that are not UTF-8 as
/// `\xNN`, and cut with an ellipsis after `limit` code points.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 400);

/// Without the white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The lines of a text, without the `\n` at their ends. They are views of the text.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Columns that a terminal needs for the text: code points, good for what inhaul prints.
[[nodiscard]] std::size_t columns(std::string_view text);

/// With each %XX as the byte that it stands for; nothing where a % stands for none.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace inhaul
