#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What the programs say that check signatures. Pure.
namespace inhaul::deploy {

/// The last thing that a program has said, in one line that can be shown.
[[nodiscard]] std::string last_line(std::string_view output);

/// Why the signatures do not count that gpg has verified with --status-fd; nothing when they do.
/// `success`: it ended with 0.
[[nodiscard]] std::optional<std::string> gpg_fault(std::string_view output, bool success);

}  // namespace inhaul::deploy
