#pragma once

#include "index_scan.hpp"

/// How the index compares with a commit's tree.
namespace inhaul::git {

/// What must change in the index so that it is this tree's (none: empty).
[[nodiscard]] Result<Changes> index_changes(git_repository* repository, git_index* index,
                                            git_tree* tree);

/// Notes, beside the index file and with that file's checksum, which tree is in it. As long as
/// nothing else writes the index, comparing it with a tree is comparing two trees, which is quick
/// however many files there are.
[[nodiscard]] Result<void> remember_tree(git_repository* repository, const git_oid& tree);
[[nodiscard]] Result<void> remember_tree(git_repository* repository, git_tree* tree);
/// What was noted, if the index file is still that one.
[[nodiscard]] std::optional<git_oid> tree_in_index(git_repository* repository);

}  // namespace inhaul::git
