// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Finds the members of a JSON object without decoding them, because a signature covers the exact
/// bytes.
namespace inhaul::watch {

struct Member {
    std::string_view name;   ///< between its quotes, with its escapes
    std::string_view value;  ///< the unparsed bytes
};

/// Returns the members of a JSON object in their order, as views of the text. Values are only
/// scanned for their end. Returns nothing for other text, or for over a thousand members.
[[nodiscard]] std::optional<std::vector<Member>> members_of(std::string_view object);

/// Returns the value of the last member with this name. JavaScript, and so the relays, also use the
/// last one. Does not find a name with escapes.
[[nodiscard]] std::optional<std::string_view> value_of(const std::vector<Member>& members,
                                                       std::string_view name);

/// Returns the text of a JSON string, or nothing for another value.
[[nodiscard]] std::optional<std::string> text_of(std::string_view value);
/// Returns text_of() the value_of() this name.
[[nodiscard]] std::optional<std::string> text_at(const std::vector<Member>& members,
                                                 std::string_view name);

}  // namespace inhaul::watch
