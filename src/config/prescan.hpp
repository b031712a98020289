#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhaul::config {

/// What toml++ must not be given.
struct Unreadable {
    unsigned line = 1;    ///< from 1
    unsigned column = 1;  ///< from 1, in code points
    std::string message;
    std::string hint;
};

/// Looks for what the library answers with undefined behaviour and not with an error, up to at
/// least 3.3: characters beyond ASCII outside of quotes and comments, and dotted keys so long that
/// its recursion runs out of stack. Nothing for any valid TOML with lines of a bearable length.
[[nodiscard]] std::optional<Unreadable> prescan(std::string_view toml);

}  // namespace inhaul::config
