// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git/repository/libgit2.hpp>

/// Checks for missing objects. Each function walks the history: call it only when something is
/// missing.
namespace inhaul::git {

/// Fails with code `corrupt` if a commit in the history of a ref is missing or unreadable.
[[nodiscard]] Result<void> check_history(git_repository* repository);

/// The same for everything that the refs contain, down to each file. A server assumes that this is
/// complete.
[[nodiscard]] Result<void> check_whole(git_repository* repository);

/// Returns true if the commit is in the repository. Fails with code `corrupt` if it is unreadable.
/// Also fails with `corrupt` if it is missing and the history has a gap where it may have been.
[[nodiscard]] Result<bool> is_here(git_repository* repository, const CommitId& commit);

}  // namespace inhaul::git
