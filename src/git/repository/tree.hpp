#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libgit2.hpp"

/// Commits, trees, and the files on disk.
namespace inhaul::git {

[[nodiscard]] Result<CommitHandle> find_commit(git_repository* repository, const CommitId& commit);
[[nodiscard]] Result<TreeHandle> tree_of(git_repository* repository, const CommitId& commit);
[[nodiscard]] bool has_commit(git_repository* repository, const CommitId& commit);

/// What a ref names, peeled to a commit; nothing when there is no such ref.
[[nodiscard]] Result<std::optional<CommitId>> commit_at(git_repository* repository,
                                                        const char* ref);
[[nodiscard]] Result<void> set_ref(git_repository* repository, const std::string& ref,
                                   const CommitId& commit, const std::string& reason);
[[nodiscard]] Result<void> remove_ref(git_repository* repository, const std::string& ref);

/// What was deployed last: it stays named when the branch is rewritten. Beside refs/inhaul/, where
/// every name may be a branch's.
constexpr auto live_ref = "refs/inhaul-live";

/// HEAD becomes the commit, without a branch.
[[nodiscard]] Result<void> set_head(git_repository* repository, const CommitId& commit);
/// HEAD is this branch.
[[nodiscard]] bool is_checked_out(git_repository* repository, const BranchName& branch);

}  // namespace inhaul::git
