#pragma once

#include <git/repository/libgit2.hpp>
#include "fetch_context.hpp"

namespace inhaul::git {

/// Fetches the head of the conversation's branch, and names it `refs/inhaul/BRANCH`.
[[nodiscard]] Result<CommitId> fetch_head(git_repository* into, FetchContext& context);

/// Fetches a commit that some branch or tag has in its history, and names it `refs/inhaul/COMMIT`.
/// Code not_found when it is in none.
[[nodiscard]] Result<void> fetch_commit(git_repository* into, const Access& access,
                                        const CommitId& commit, const OnProgress& progress);

}  // namespace inhaul::git
