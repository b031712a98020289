#pragma once

#include <filesystem>

#include "library.hpp"

namespace inhaul::git {

/// gitrepository-layout(5): makes a directory a worktree of a bare repository, with `admin`, which
/// is below that one's `worktrees`. Safe to repeat on what a kill left half-made.
[[nodiscard]] Result<void> make_worktree(const std::filesystem::path& place,
                                         const std::filesystem::path& admin,
                                         const CommitId& commit);

}  // namespace inhaul::git
