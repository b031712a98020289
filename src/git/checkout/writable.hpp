#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "safe_directory.hpp"
#include "tree_changes.hpp"

/// What keeps this account from changing files, found before the first one is touched: as cheap as
/// a look at each file and directory that is to change. An error names it, and the command that
/// helps; code `permission`, or what the system says of a directory that cannot be looked at.
namespace inhaul::git {

/// Things can be made, replaced and removed in the directory at `descriptor`; `path` is its name.
[[nodiscard]] Result<void> check_directory(int descriptor, const std::filesystem::path& path);

/// What is called `name` there can be replaced, with all that is below it; or nothing is.
[[nodiscard]] Result<void> check_replaceable(int descriptor, const std::string& name,
                                             const std::filesystem::path& directory);

/// All of the changes can be made.
[[nodiscard]] Result<void> check_writable(SafeDirectory& root, const Changes& changes);

/// A release can be made in a directory of releases, and `current` replaced.
[[nodiscard]] Result<void> check_releases(const std::filesystem::path& directory);

/// The index, HEAD, the branch and its log in a repository can be written.
[[nodiscard]] Result<void> check_references(git_repository* repository, const BranchName& branch);

/// The branch can be checked out here: no other worktree has it, and no other branch is in the way
/// of its name.
[[nodiscard]] Result<void> check_branch(git_repository* repository, const BranchName& branch);

}  // namespace inhaul::git
