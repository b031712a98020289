// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

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

}  // namespace inhaul::git
