// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhaul::config {

/// Which keys a settings file has.
enum class Schema {
    app,      ///< NAME.toml
    account,  ///< inhaul.toml
};

/// Returns the example value of a key, as TOML: `"60s"`. Empty for an unknown key.
[[nodiscard]] std::optional<std::string_view> example_of(std::string_view key,
                                                         Schema schema = Schema::app);
[[nodiscard]] bool is_table_name(std::string_view name, Schema schema = Schema::app);

/// Returns a key without its table, with its example: `interval = "60s"`.
[[nodiscard]] std::string example_line(std::string_view key, Schema schema = Schema::app);

/// Returns a sentence with the known key that is nearest to a dotted key, or with all known keys.
[[nodiscard]] std::string hint_for_unknown_key(std::string_view key, Schema schema);
[[nodiscard]] std::string hint_for_unknown_table(std::string_view name, Schema schema);

}  // namespace inhaul::config
