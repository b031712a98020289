#pragma once

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// Whether two ways to write a remote are of the same repository: scheme, user, port and `.git`
/// make no difference.
[[nodiscard]] bool is_same_remote(std::string_view one, std::string_view other);

/// Moves what a person's git takes for the remote's branch (`refs/remotes/origin/BRANCH`, as the
/// remote's refspecs say), so that `git status` does not call the branch ahead. Only where that
/// remote is the one that was fetched from.
[[nodiscard]] Result<void> follow_remote(git_repository* repository, const BranchName& branch,
                                         const std::string& url, const CommitId& head);

}  // namespace inhaul::git
