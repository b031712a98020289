#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhaul::config {

/// The example that a message shows for a key, as TOML: `"60s"`. Nothing for a key that there is
/// not: what is not in this table is a mistake, and this is where the nearest is found.
[[nodiscard]] std::optional<std::string_view> example_of(std::string_view key);
[[nodiscard]] bool is_table_name(std::string_view name);

/// `interval = "60s"`: a key, without its table, with its example.
[[nodiscard]] std::string example_line(std::string_view key);

/// What was probably meant by a dotted key that there is not, as a sentence; else what there is.
[[nodiscard]] std::string hint_for_unknown_key(std::string_view key);
[[nodiscard]] std::string hint_for_unknown_table(std::string_view name);

}  // namespace inhaul::config
