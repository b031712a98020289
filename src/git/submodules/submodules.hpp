// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>
#include <git/edits/saved_files.hpp>
#include <git/repository/libgit2.hpp>

/// Submodules of a commit, including nested ones, at the commits that it pins. Their objects are in
/// `modules/NAME` of the superproject, as with git. Their files are a worktree of that repository.
/// If a user's git put another repository there, that repository is used as it is.
namespace inhaul::git {

/// The repository that has the submodules.
struct Superproject {
    git_repository* repository;      ///< has the commit
    const Access& access;            ///< its remote
    std::filesystem::path place;     ///< directory of its files
    std::string worktree;            ///< name of the worktrees of its submodules
    bool died = false;               ///< the last worker died: lock files are inhaul's
    std::filesystem::path top = {};  ///< the app's own directory; empty if it is `place`

    [[nodiscard]] const std::filesystem::path& directory() const {
        return top.empty() ? place : top;
    }
};

/// Fetches missing commits. A pinned commit must be in the history of a branch or tag.
[[nodiscard]] Result<void> fetch_submodules(const Superproject& super, const CommitId& commit,
                                            const OnProgress& progress);

/// Adds the submodules to a comparison of the commit's own files with the directory.
[[nodiscard]] Result<void> compare_submodules(const Superproject& super, const CommitId& commit,
                                              Comparison& comparison);

/// See Repository::adopt_edits().
[[nodiscard]] Result<std::vector<std::string>> record_submodule_edits(const Superproject& super,
                                                                      const CommitId& commit);

/// See Repository::save_local_edits(). Saves edits in all existing submodules, also in submodules
/// that the commit lacks. Also saves files that new submodules overwrite. `tree` is a scan of the
/// superproject's own files. `ours` are its commits that a dead worker may have written.
[[nodiscard]] Result<std::vector<std::string>> save_submodule_edits(
    const Superproject& super, IndexScan& tree, const CommitId& commit,
    const std::vector<CommitId>& ours, const SaveTo& to);

/// Checks that write_submodules() can write everything, as check_tree() does. Ignores submodules
/// that are not fetched.
[[nodiscard]] Result<void> check_submodules(const Superproject& super, const CommitId& commit);

/// Removes unedited files of submodules that the commit lacks at that path, or replaces by another
/// submodule. Without a commit, removes the files of all submodules. Covers the submodules in
/// `tree`'s index, and the submodules of interrupted switches (`given_up`). Caller must write the
/// commit's own files afterwards. Files that cannot be removed stay, untracked.
[[nodiscard]] Result<void> remove_submodules(IndexScan& tree, const Superproject& super,
                                             const std::optional<CommitId>& commit,
                                             const std::vector<CommitId>& given_up = {});

/// Writes the files of the pinned commits. The commit's own files must exist already. Shares files
/// that `like`, the directory of another commit, also has.
[[nodiscard]] Result<void> write_submodules(const Superproject& super, const CommitId& commit,
                                            const std::filesystem::path* like);

/// Returns the git directories of the worktrees of the commit's submodules, to be removed with
/// them.
[[nodiscard]] std::vector<std::filesystem::path> worktrees_of_submodules(const Superproject& super,
                                                                         const CommitId& commit);

}  // namespace inhaul::git
