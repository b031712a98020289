// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// Returns true if two URLs are of the same repository. Scheme, user, port and `.git` are ignored.
[[nodiscard]] bool is_same_remote(std::string_view one, std::string_view other);

/// Returns true if one of the repository's remotes has a URL of the same repository.
[[nodiscard]] bool has_remote(git_repository* repository, const std::string& url);

/// Moves the remote-tracking branch: `refs/remotes/origin/BRANCH`, or the ref that the remote's
/// refspecs name. So `git status` does not show the branch as ahead. Does nothing if the fetch used
/// another remote.
[[nodiscard]] Result<void> follow_remote(git_repository* repository, const BranchName& branch,
                                         const std::string& url, const CommitId& head);

}  // namespace inhaul::git
