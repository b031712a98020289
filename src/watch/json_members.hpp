// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The members of a JSON object as the very bytes that they are: what was signed must not be parsed
/// and written again.
namespace inhaul::watch {

struct Member {
    std::string_view name;   ///< between the quotes, as it was written
    std::string_view value;  ///< from its first byte to its last
};

/// In their order, without what is inside of their values, which is not looked at but for where it
/// ends; nothing for what is no object, or has more than a thousand members.
[[nodiscard]] std::optional<std::vector<Member>> members_of(std::string_view object);

/// The value of the last member of that name: as JavaScript, and so the relays, take it. The name
/// must be written without escapes.
[[nodiscard]] std::optional<std::string_view> value_of(const std::vector<Member>& members,
                                                       std::string_view name);

/// The text that a JSON string stands for; nothing for what is no string.
[[nodiscard]] std::optional<std::string> text_of(std::string_view value);
/// Both in one.
[[nodiscard]] std::optional<std::string> text_at(const std::vector<Member>& members,
                                                 std::string_view name);

}  // namespace inhaul::watch
