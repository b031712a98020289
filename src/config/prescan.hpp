// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhaul::config {

/// The first place in a text that toml++ must not parse.
struct Unreadable {
    unsigned line = 1;    ///< from 1
    unsigned column = 1;  ///< from 1, in code points
    std::string message;
    std::string hint;
};

/// Finds text for which toml++, up to at least 3.3, has undefined behaviour in place of an error.
/// The text has characters beyond ASCII outside of quotes and comments, or a very long dotted key.
/// For such a key, the recursion of toml++ exhausts the stack. Empty for all valid TOML without
/// overlong lines.
[[nodiscard]] std::optional<Unreadable> prescan(std::string_view toml);

}  // namespace inhaul::config
