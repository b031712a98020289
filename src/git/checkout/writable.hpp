// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "safe_directory.hpp"
#include "tree_changes.hpp"

/// Finds obstacles to a switch before any file changes. The cost is one inspection of each file and
/// directory that changes. The error names the obstacle, the hint has the command that helps. Code
/// `permission`, or the system's error for an unreadable directory.
namespace inhaul::git {

/// Checks that files can be created, replaced and removed in the directory at `descriptor`; `path`
/// is its name.
[[nodiscard]] Result<void> check_directory(int descriptor, const std::filesystem::path& path);

/// Checks that `name` in the directory, with everything below it, can be replaced. A missing file
/// is fine.
[[nodiscard]] Result<void> check_replaceable(int descriptor, const std::string& name,
                                             const std::filesystem::path& directory);

/// Checks that all changes can be made.
[[nodiscard]] Result<void> check_writable(SafeDirectory& root, const Changes& changes);

/// Checks that a release can be created, and `current` replaced.
[[nodiscard]] Result<void> check_releases(const std::filesystem::path& directory);

/// Checks that the index, HEAD, the branch and its reflog can be written.
[[nodiscard]] Result<void> check_references(git_repository* repository, const BranchName& branch);

/// Checks that the branch can be checked out. No other worktree may have it, and no other branch
/// may conflict with its name.
[[nodiscard]] Result<void> check_branch(git_repository* repository, const BranchName& branch);

}  // namespace inhaul::git
