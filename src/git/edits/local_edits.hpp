// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>
#include "saved_files.hpp"

namespace inhaul::git {

/// Files that a switch will replace by a commit's.
struct SaveEditsRequest {
    git_repository* repository;
    /// Without a target, all files are removed and not replaced.
    std::optional<CommitId> target;
    /// Commits that a dead worker may have written: files that equal theirs are not edits.
    std::vector<CommitId> ours;
    /// The branch that moves, which ends an unfinished git operation; null in a submodule.
    const BranchName* branch;
    SaveTo to;
};

/// See Repository::save_local_edits(), for one repository. `tree` is a fresh scan of its files.
[[nodiscard]] Result<std::vector<std::string>> save_edits(const SaveEditsRequest& what,
                                                          IndexScan& tree);

/// Saves untracked files that a commit overwrites in a directory. `repository` has the commit,
/// `place` is the directory of its files.
[[nodiscard]] Result<std::vector<std::string>> save_obstacles(git_repository* repository,
                                                              const CommitId& target,
                                                              const std::filesystem::path& place,
                                                              const SaveTo& to);

}  // namespace inhaul::git
