#pragma once

#include "libgit2.hpp"

/// Whether what is here is all here. Each question walks the history: for when something is missed.
namespace inhaul::git {

/// An error with code corrupt when a commit is missing, or cannot be read, in the history of a ref.
[[nodiscard]] Result<void> check_history(git_repository* repository);

/// The same for all that the refs name, down to each file: what a server believes to be here.
[[nodiscard]] Result<void> check_whole(git_repository* repository);

/// Whether the commit is here. It is no answer, but an error with code corrupt, when the commit
/// cannot be read, or is not here and the history has a hole where it may have been.
[[nodiscard]] Result<bool> is_here(git_repository* repository, const CommitId& commit);

}  // namespace inhaul::git
