#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "libgit2.hpp"

namespace inhaul::git {

/// Directories of a repository that need nothing else of it: they are moved into the new one.
inline constexpr std::array<std::string_view, 5> moved_as_they_are{"modules", "worktrees", "lfs",
                                                                   "annex", "rr-cache"};

/// Takes along what a damaged repository alone has: its refs (a person's branches and tags, the
/// stash, what was deployed), the reflogs, and all objects, also those that nothing names any more,
/// as far as these can be read. What is in `to` already stays. True when all of it could be taken,
/// and there is nothing else in the old one but what is moved.
[[nodiscard]] bool take_belongings(const std::filesystem::path& from,
                                   const std::filesystem::path& to);

}  // namespace inhaul::git
