// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Interprets the output of programs that check signatures. Pure.
namespace inhaul::deploy {

/// Returns the last line of a program's output, printable.
[[nodiscard]] std::string last_line(std::string_view output);

/// Returns why signatures that gpg checked with --status-fd are invalid. Nothing if they are valid.
/// `success`: gpg exited with 0.
[[nodiscard]] std::optional<std::string> gpg_fault(std::string_view output, bool success);

}  // namespace inhaul::deploy
