// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// Makes a directory a worktree of a bare repository; see gitrepository-layout(5). `admin` is below
/// `worktrees` of that repository. Safe to repeat after a kill.
[[nodiscard]] Result<void> make_worktree(const std::filesystem::path& place,
                                         const std::filesystem::path& admin,
                                         const CommitId& commit);

/// Creates the files in `admin`. The place is a worktree once its `.git` contains
/// pointer_to(admin).
[[nodiscard]] Result<void> make_admin(const std::filesystem::path& place,
                                      const std::filesystem::path& admin, const CommitId& commit);
[[nodiscard]] std::string pointer_to(const std::filesystem::path& admin);

}  // namespace inhaul::git
