#pragma once

#include "saved_files.hpp"

namespace inhaul::git {

/// A merge, rebase, cherry-pick, revert, bisect or am that a person has begun, and that ends when
/// the branch moves: what only its own files have (mails, messages, what is left to do) is copied.
/// Returns the commits that those files name.
[[nodiscard]] Result<std::vector<CommitId>> keep_unfinished(git_repository* repository,
                                                            Keeping& keeping);

}  // namespace inhaul::git
