#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>
#include <git/repository/libgit2.hpp>

/// The repositories that a commit wants below its own, and below those, at the commits that it
/// names. Their objects are where git keeps them, in `modules/NAME` of the other's; their files are
/// a worktree of that, unless a person's git has made something else of the directory, which then
/// is used as it is.
namespace inhaul::git {

/// Whose submodules they are.
struct Superproject {
    git_repository* repository;      ///< has the commit
    const Access& access;            ///< where it came from
    std::filesystem::path place;     ///< of its files
    std::string worktree;            ///< what the worktrees of its submodules are called
    bool died = false;               ///< the last worker: what is locked there is ours
    std::filesystem::path top = {};  ///< the app's own directory; empty: it is `place`

    [[nodiscard]] const std::filesystem::path& directory() const {
        return top.empty() ? place : top;
    }
};

/// Fetches what is not here yet. A pinned commit must be in the history of a branch or tag.
[[nodiscard]] Result<void> fetch_submodules(const Superproject& super, const CommitId& commit,
                                            const OnProgress& progress);

/// Adds to a comparison of the commit's own files with the directory what is below them.
[[nodiscard]] Result<void> compare_submodules(const Superproject& super, const CommitId& commit,
                                              Comparison& comparison);

/// As Repository::adopt_edits().
[[nodiscard]] Result<std::vector<std::string>> remember_submodule_edits(const Superproject& super,
                                                                        const CommitId& commit);

/// As Repository::save_local_edits(), of every repository that is below now, whether the commit
/// wants it there or not; and of what is in the way of those that it wants anew. `tree` is what has
/// been seen of the superproject's own files; `ours`, commits of it that we may have been writing.
[[nodiscard]] Result<std::vector<std::string>> save_submodule_edits(
    const Superproject& super, IndexScan& tree, const CommitId& commit,
    const std::vector<CommitId>& ours, const std::filesystem::path& directory);

/// Whether write_submodules() can write what it must; as check_tree(). What has not been fetched is
/// left out.
[[nodiscard]] Result<void> check_submodules(const Superproject& super, const CommitId& commit);

/// Removes the files of submodules that the commit has not at that path (without a commit: of all),
/// or has another one in the place of: those that nobody has edited. Looked at are the submodules
/// in `tree`'s index, and those of a commit that was being switched to and was given up. To be
/// called before the commit's own files are written. What cannot be removed stays, untracked.
[[nodiscard]] Result<void> remove_submodules(IndexScan& tree, const Superproject& super,
                                             const std::optional<CommitId>& commit,
                                             const std::optional<CommitId>& given_up = {});

/// Makes the files those of the commits that are named. Its own files are there already. What
/// `like`, the directory of another commit, has the same of is taken over from there.
[[nodiscard]] Result<void> write_submodules(const Superproject& super, const CommitId& commit,
                                            const std::filesystem::path* like);

/// Where the worktrees of the commit's submodules are administered: to be removed with them.
[[nodiscard]] std::vector<std::filesystem::path> worktrees_of_submodules(const Superproject& super,
                                                                         const CommitId& commit);

}  // namespace inhaul::git
