#pragma once

#include <map>
#include <string>
#include <vector>

#include "index_scan.hpp"

/// What an app's own hooks have made of tracked files (a build that writes a lock file): it is
/// remembered, so that it is not taken for a person's edit, and does not lead to a deployment.
namespace inhaul::git {

/// Remembers what differs from the commit now. The paths that differ in another way than is
/// remembered already.
[[nodiscard]] Result<std::vector<std::string>> remember_edits(git_repository* repository,
                                                              const CommitId& commit);

/// Takes from the changes that lead to a commit those that undo nothing but what is remembered of
/// that very commit, and has not been touched since.
[[nodiscard]] Result<void> leave_out_own_edits(git_repository* repository, IndexScan& tree,
                                               const CommitId& commit, Changes& changes);

}  // namespace inhaul::git
