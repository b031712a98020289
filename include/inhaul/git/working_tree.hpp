// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// Comparison of the directory with a commit.
struct Comparison {
    bool head_is_target = false;  ///< the configured branch is checked out, at the target
    std::size_t edited = 0;       ///< number of tracked files that differ from HEAD
    bool tree_is_target = false;  ///< every tracked file equals the target's
    /// A submodule is missing, or at another commit than the target's.
    bool submodules_moved = false;
    // Neither `edited` nor `tree_is_target` counts edits of this commit that adopt_edits()
    // has recorded.
};

/// The live files, and their HEAD.
class WorkingTree {
public:
    virtual ~WorkingTree() = default;

    /// Returns the commit of HEAD; nothing in an empty repository.
    [[nodiscard]] virtual Result<std::optional<CommitId>> head() = 0;
    [[nodiscard]] virtual Result<Comparison> compare(const CommitId& target) = 0;
    /// Saves the edits that switch_to(target) would discard, below `directory`, readable by this
    /// account only:
    /// * Edits of tracked files become a patch for `git apply`. Staged changes that are not on disk
    ///   become another patch.
    /// * Untracked files that the target overwrites are copied. The state of an unfinished merge or
    ///   rebase is copied too.
    /// * Local commits that no other ref contains are kept under `refs/inhaul-saved/`.
    ///
    /// A file that an interrupted switch wrote is no edit. Returns one line for each saved object.
    [[nodiscard]] virtual Result<std::vector<std::string>> save_local_edits(
        const CommitId& target, const std::filesystem::path& directory) = 0;
    /// Records that the app's own hooks wrote the tracked files that differ from the commit now. An
    /// example is a lock file of a build. Returns the paths that changed since the last call.
    [[nodiscard]] virtual Result<std::vector<std::string>> adopt_edits(const CommitId& commit) = 0;
    /// Checks that switch_to() can write everything, as far as this is possible without changes.
    /// Checks only fetched submodules. Fails with code `refused` if the commit can never be
    /// written. Any other code is about this host: permissions, mounts, space, or a branch that
    /// another worktree has checked out.
    [[nodiscard]] virtual Result<void> check_switch(const CommitId& target) = 0;
    /// Sets the tracked files, the index and the branch to the commit, as `git reset --hard` does.
    /// Untracked and ignored files stay. The branch moves last.
    [[nodiscard]] virtual Result<void> switch_to(const CommitId& target) = 0;
    /// Restores `before` after a switch_to() that failed or was killed. Returns false, and changes
    /// nothing, if that switch had changed nothing.
    [[nodiscard]] virtual Result<bool> undo_switch(const CommitId& before) = 0;
    /// Writes the stamp file, untracked and listed in `.git/info/exclude`. Returns false, and
    /// writes nothing, if the commit has a file of that name.
    [[nodiscard]] virtual Result<bool> write_stamp(const std::filesystem::path& stamp,
                                                   const CommitId& commit, TimePoint time) = 0;
};

}  // namespace inhaul::git
