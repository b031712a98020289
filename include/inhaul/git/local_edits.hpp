// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// What is saved before files are discarded: see WorkingTree::save_local_edits().
struct LocalEdits {
    std::size_t edited = 0;         ///< edited tracked files
    std::size_t staged = 0;         ///< staged changes that are not on disk
    std::size_t untracked = 0;      ///< untracked files that the target overwrites
    std::size_t commits = 0;        ///< local commits
    bool unfinished_merge = false;  ///< or a rebase, cherry-pick, revert, bisect or am

    bool operator==(const LocalEdits&) const = default;
    LocalEdits& operator+=(const LocalEdits& other) {
        edited += other.edited;
        staged += other.staged;
        untracked += other.untracked;
        commits += other.commits;
        unfinished_merge = unfinished_merge || other.unfinished_merge;
        return *this;
    }
    [[nodiscard]] bool any() const { return *this != LocalEdits{}; }
};

/// Predicts the edits that a deployment would save. Changes nothing.
class LocalEditsReader {
public:
    virtual ~LocalEditsReader() = default;

    /// Returns the edits that WorkingTree::save_local_edits() would save now.
    [[nodiscard]] virtual Result<LocalEdits> local_edits(const CommitId& target) = 0;
    /// Returns the edits that ReleaseStore::prune() would save after a switch to the first commit
    /// of `needed`. Leaves out the edits that local_edits() returns for this commit.
    [[nodiscard]] virtual Result<LocalEdits> edits_to_prune(
        const std::vector<CommitId>& needed) = 0;
};

}  // namespace inhaul::git
