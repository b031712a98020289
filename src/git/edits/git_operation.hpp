// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "saved_files.hpp"

namespace inhaul::git {

/// Copies the state of an unfinished merge, rebase, cherry-pick, revert, bisect or am, which ends
/// when the branch moves. Its files have mails, messages and remaining steps that are nowhere else.
/// Returns the commits that these files name.
[[nodiscard]] Result<std::vector<CommitId>> save_git_operation(git_repository* repository,
                                                               SavedFiles& saved_files);

}  // namespace inhaul::git
