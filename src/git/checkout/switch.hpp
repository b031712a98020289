// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "index_scan.hpp"

/// Switches files, index and branch to a commit.
namespace inhaul::git {

/// Fails with code `refused` if the commit of these changes can never be written. The cause is in
/// its paths, link targets, attributes, filters, or missing content. Reads only the repository.
/// `longest` is the maximum length of a path below the directory.
[[nodiscard]] Result<void> check_commit(git_repository* repository, const CommitId& target,
                                        const Changes& changes, std::size_t longest);

/// The same, and checks this host: permissions, mounts, space. Afterwards write_tree() does not
/// fail for these reasons. Changes nothing.
[[nodiscard]] Result<void> check_tree(git_repository* repository, IndexScan& tree,
                                      const CommitId& target, const Changes& changes);

/// An undo continues after errors, and restores as much as possible.
enum class Purpose { deploy, undo };

/// Writes the files and the index, but moves no ref. Shares files that `like` also has.
[[nodiscard]] Result<void> write_tree(git_repository* repository, IndexScan tree,
                                      const CommitId& target, IndexScan* like,
                                      Purpose purpose = Purpose::deploy);

/// Returns the target of a switch that has begun and not ended.
[[nodiscard]] Result<std::optional<CommitId>> switch_target(git_repository* repository);
/// Returns the targets of all switches since the last switch that ended, without commits that are
/// not here. An undo that failed counts as a switch. The files of the targets may be on the disk.
[[nodiscard]] Result<std::vector<CommitId>> switch_targets(git_repository* repository);

/// Records durably that a switch has begun, before the first file changes. Fails for a commit that
/// check_commit() refuses. Removes files that interrupted switches to other commits left, if the
/// files equal the files of these commits.
[[nodiscard]] Result<void> begin_switch(git_repository* repository, const CommitId& target,
                                        std::optional<IndexScan>& seen,
                                        Purpose purpose = Purpose::deploy);
/// Ends the switch: moves the branch to the commit.
[[nodiscard]] Result<void> end_switch(git_repository* repository, const BranchName& branch,
                                      const CommitId& target);

}  // namespace inhaul::git
