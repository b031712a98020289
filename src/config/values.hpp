#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/clock.hpp>

#include "document.hpp"

/// Values of the kinds that several keys share. Each notes what is wrong with it in the document.
namespace inhaul::config {

/// `"text"`, printable and cut to a bearable length, for messages.
[[nodiscard]] std::string in_quotes(std::string_view text);

[[nodiscard]] bool has_control_character(std::string_view text);

/// An absolute path without a final slash; `~/` and `%d/` are expanded.
[[nodiscard]] std::optional<fs::path> path_at(Document& document, std::string_view key);

struct Range {
    Milliseconds least;
    Milliseconds most;
};
/// `otherwise` when the key is absent, and also when it is wrong.
[[nodiscard]] Milliseconds duration_at(Document& document, std::string_view key, Range range,
                                       Milliseconds otherwise);

/// Notes what is wrong with a program and its arguments. `in_directory`: one with a relative path
/// is the app's own.
void check_argv(Document& document, std::string_view key, const std::vector<std::string>& argv,
                bool in_directory);

/// Whether the key says `one` (true) or `other` (false); nothing when it is absent or neither.
[[nodiscard]] std::optional<bool> choice_at(Document& document, std::string_view key,
                                            std::string_view one, std::string_view other);

}  // namespace inhaul::config
