#pragma once

#include "work_tree.hpp"

namespace inhaul::git {

/// Makes the files and the index the commit's; see Repository::switch_to. `seen` is how they were
/// found a moment ago, if they were looked at.
[[nodiscard]] Result<void> switch_tree(git_repository* repository, const BranchName& branch,
                                       const CommitId& target, std::optional<WorkTree> seen);

/// The files and the index alone: no reference moves. What `like` has the same of is taken over
/// from there.
[[nodiscard]] Result<void> write_tree(git_repository* repository, WorkTree tree,
                                      const CommitId& target, WorkTree* like);

}  // namespace inhaul::git
