#pragma once

#include <filesystem>
#include <string>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// gitrepository-layout(5): makes a directory a worktree of a bare repository, with `admin`, which
/// is below that one's `worktrees`. Safe to repeat on what a kill left half-made.
[[nodiscard]] Result<void> make_worktree(const std::filesystem::path& place,
                                         const std::filesystem::path& admin,
                                         const CommitId& commit);

/// The part of it that is in `admin`. The place is a worktree once its `.git` has
/// pointer_to(admin).
[[nodiscard]] Result<void> make_admin(const std::filesystem::path& place,
                                      const std::filesystem::path& admin, const CommitId& commit);
[[nodiscard]] std::string pointer_to(const std::filesystem::path& admin);

}  // namespace inhaul::git
