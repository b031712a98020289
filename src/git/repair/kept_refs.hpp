// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// Directories that do not depend on the rest of the repository. They are moved to the new one.
inline constexpr std::array<std::string_view, 5> moved_as_they_are{"modules", "worktrees", "lfs",
                                                                   "annex", "rr-cache"};

/// Copies the data that only the damaged repository has, as far as it is readable. These are refs
/// (branches, tags, the stash, deployed commits), reflogs, and all objects, also unreachable
/// objects. Existing files in `to` stay. Returns true if everything was copied, and the old
/// repository has nothing else except `moved_as_they_are`.
[[nodiscard]] bool copy_unique_data(const std::filesystem::path& from,
                                    const std::filesystem::path& to);

}  // namespace inhaul::git
