// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "libgit2.hpp"

/// Comparison of commits; see Repository's functions of the same names.
namespace inhaul::git {

[[nodiscard]] Result<CommitSummary> summary_of(git_repository* repository, const CommitId& commit);
[[nodiscard]] Result<std::string> message_of(git_repository* repository, const CommitId& commit);
[[nodiscard]] Result<bool> same_tree(git_repository* repository, const CommitId& one,
                                     const CommitId& other);
[[nodiscard]] Result<bool> related(git_repository* repository, const CommitId& one,
                                   const CommitId& other);
/// Returns true if a branch that was fetched from the forge, by inhaul or by a user, contains it.
[[nodiscard]] Result<bool> in_fetched_branch(git_repository* repository, const BranchName& branch,
                                             const CommitId& commit);
[[nodiscard]] Result<bool> descends(git_repository* repository, const CommitId& commit,
                                    const CommitId& ancestor);
[[nodiscard]] Result<bool> differ_below(git_repository* repository, const CommitId& one,
                                        const CommitId& other,
                                        const std::vector<std::string>& paths);
[[nodiscard]] Result<std::vector<Repository::LogEntry>> log_of(git_repository* repository,
                                                               const std::optional<CommitId>& from,
                                                               const CommitId& to,
                                                               std::size_t limit);
[[nodiscard]] Result<std::vector<Repository::ChangedFile>> changed_files_of(
    git_repository* repository, const std::optional<CommitId>& from, const CommitId& to);
[[nodiscard]] Result<std::optional<Repository::Signature>> signature_of(git_repository* repository,
                                                                        const CommitId& commit);

}  // namespace inhaul::git
