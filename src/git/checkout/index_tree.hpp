// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "index_scan.hpp"

/// Comparison of the index with a commit's tree.
namespace inhaul::git {

/// Returns the changes that turn the index into this tree (none: empty).
[[nodiscard]] Result<Changes> index_changes(git_repository* repository, git_index* index,
                                            git_tree* tree);

/// Records which tree the index has, in a file beside it with the index's checksum. Until another
/// program writes the index, a comparison then needs only two trees. This is fast for any number of
/// files.
[[nodiscard]] Result<void> record_tree(git_repository* repository, const git_oid& tree);
[[nodiscard]] Result<void> record_tree(git_repository* repository, git_tree* tree);
/// Returns the recorded tree, if the index file is unchanged.
[[nodiscard]] std::optional<git_oid> recorded_tree(git_repository* repository);

}  // namespace inhaul::git
