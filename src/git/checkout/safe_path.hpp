// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhaul::git {

/// Returns the reason why a path of a commit must not be written; nothing for a safe path. Rejects
/// the same paths as `git reset --hard`: empty parts, `.`, `..`, and names that some file system
/// reads as `.git`. These names may have any case, and characters that Windows and macOS ignore.
/// Also rejects paths that are too long, a link called `.gitmodules`, and the name beside `.git`
/// that inhaul uses.
[[nodiscard]] std::optional<std::string> unsafe_path(std::string_view path, bool is_link);

}  // namespace inhaul::git
