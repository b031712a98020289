// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>

/// Records how an app's own hooks changed tracked files, such as a build that writes a lock file.
/// Such changes do not count as local edits, and do not cause a deployment.
namespace inhaul::git {

/// Records the files that differ from the commit now. Returns the paths whose difference is new.
[[nodiscard]] Result<std::vector<std::string>> record_edits(git_repository* repository,
                                                            const CommitId& commit);

/// Removes changes that would only undo recorded edits of this commit that nobody has touched
/// since.
[[nodiscard]] Result<void> ignore_recorded_edits(git_repository* repository, IndexScan& tree,
                                                 const CommitId& commit, Changes& changes);

}  // namespace inhaul::git
