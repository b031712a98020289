// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <git/repository/libgit2.hpp>
#include "fetch_context.hpp"

namespace inhaul::git {

/// Fetches the head of the context's branch, and writes it to `refs/inhaul/BRANCH`.
[[nodiscard]] Result<CommitId> fetch_head(git_repository* into, FetchContext& context);

/// Returns true if a commit of the repository has history in common with the context's branch.
/// Fetches the branch into a temporary repository at `scratch`, which shares the objects.
[[nodiscard]] Result<bool> has_history_of(git_repository* repository, const CommitId& commit,
                                          const std::filesystem::path& scratch,
                                          FetchContext& context);

/// Fetches a commit in the history of a branch or tag, and writes it to `refs/inhaul/COMMIT`. Fails
/// with code `not_found` if no branch or tag contains it.
[[nodiscard]] Result<void> fetch_commit(git_repository* into, const Access& access,
                                        const CommitId& commit, const OnProgress& progress);

}  // namespace inhaul::git
