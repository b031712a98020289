#pragma once

#include "work_tree.hpp"

namespace inhaul::git {

/// Makes the files and the index the commit's; see Repository::switch_to. `seen` is how they were
/// found a moment ago, if they were looked at.
[[nodiscard]] Result<void> switch_tree(git_repository* repository, const BranchName& branch,
                                       const CommitId& target, std::optional<WorkTree> seen);

}  // namespace inhaul::git
