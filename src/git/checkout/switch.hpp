#pragma once

#include "index_scan.hpp"

/// Makes files, index and branch a commit's.
namespace inhaul::git {

/// Whether the commit that these changes lead to can be written at all: its paths, what its links
/// lead to, its attributes and filters, and that its content is here. Nothing is looked at but the
/// repository. Code `refused` for one that cannot. `longest` is how long a path below the directory
/// may be.
[[nodiscard]] Result<void> check_commit(git_repository* repository, const CommitId& target,
                                        const Changes& changes, std::size_t longest);

/// The same, and whether the changes can be made here: permissions, mounts, space. `write_tree`
/// does not fail of what this finds. Touches nothing.
[[nodiscard]] Result<void> check_tree(git_repository* repository, IndexScan& tree,
                                      const CommitId& target, const Changes& changes);

/// What is undone is undone as far as it can be, also past something that fails.
enum class Purpose { deploy, undo };

/// The files and the index alone: no reference moves. What `like` has the same of is taken over
/// from there.
[[nodiscard]] Result<void> write_tree(git_repository* repository, IndexScan tree,
                                      const CommitId& target, IndexScan* like,
                                      Purpose purpose = Purpose::deploy);

/// The commit that a switch was making the files, if one was begun and not ended.
[[nodiscard]] Result<std::optional<CommitId>> commit_being_switched_to(git_repository* repository);

/// From here on the files may be half old, half new: this is on disk before the first of them is
/// touched, and not for a commit that check_commit() refuses. What a switch to another commit has
/// left is removed, as far as it is exactly that.
[[nodiscard]] Result<void> begin_switch(git_repository* repository, const CommitId& target,
                                        std::optional<IndexScan>& seen,
                                        Purpose purpose = Purpose::deploy);
/// Moves the branch to the commit that the files are.
[[nodiscard]] Result<void> end_switch(git_repository* repository, const BranchName& branch,
                                      const CommitId& target);

}  // namespace inhaul::git
