// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libgit2.hpp"

/// Commits, trees and refs.
namespace inhaul::git {

[[nodiscard]] Result<CommitHandle> find_commit(git_repository* repository, const CommitId& commit);
[[nodiscard]] Result<TreeHandle> tree_of(git_repository* repository, const CommitId& commit);
[[nodiscard]] bool has_commit(git_repository* repository, const CommitId& commit);

/// Returns the commit of a ref; nothing if the ref does not exist.
[[nodiscard]] Result<std::optional<CommitId>> commit_at(git_repository* repository,
                                                        const char* ref);
[[nodiscard]] Result<void> set_ref(git_repository* repository, const std::string& ref,
                                   const CommitId& commit, const std::string& reason);
[[nodiscard]] Result<void> remove_ref(git_repository* repository, const std::string& ref);

/// Detaches HEAD at the commit.
[[nodiscard]] Result<void> set_head(git_repository* repository, const CommitId& commit);
/// Returns true if HEAD is this branch.
[[nodiscard]] bool is_checked_out(git_repository* repository, const BranchName& branch);

}  // namespace inhaul::git
