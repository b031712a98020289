// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/clock.hpp>

#include "document.hpp"

/// Types of values that several keys share. Each function notes problems in the document.
namespace inhaul::config {

/// Returns the text in quotes for a message, escaped and shortened.
[[nodiscard]] std::string in_quotes(std::string_view text);

[[nodiscard]] bool has_control_character(std::string_view text);

/// Returns an absolute path without a final slash. Expands `~/` and `%d/`.
[[nodiscard]] std::optional<fs::path> path_at(Document& document, std::string_view key);

struct Range {
    Milliseconds least;
    Milliseconds most;
};
/// Returns `otherwise` if the key is absent or wrong.
[[nodiscard]] Milliseconds duration_at(Document& document, std::string_view key, Range range,
                                       Milliseconds otherwise);

/// Notes a problem of a program and its arguments. With `in_directory`, a relative path is allowed,
/// and is relative to the app's directory.
void check_argv(Document& document, std::string_view key, const std::vector<std::string>& argv,
                bool in_directory);

/// Returns true if the value is `one`, false if it is `other`. Empty if it is absent or neither.
[[nodiscard]] std::optional<bool> choice_at(Document& document, std::string_view key,
                                            std::string_view one, std::string_view other);

}  // namespace inhaul::config
