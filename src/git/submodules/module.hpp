// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "gitmodules.hpp"
#include "submodules.hpp"

/// A submodule, and the walk over all submodules of a commit.
namespace inhaul::git {

namespace fs = std::filesystem;

/// Returns the directory with the repositories of a repository's submodules.
[[nodiscard]] fs::path modules_of(git_repository* repository);
/// Returns true if both exist, and `path` equals `directory` or is below it.
[[nodiscard]] bool is_inside(const fs::path& path, const fs::path& directory);
/// Returns the repository whose `.git` and files are in this directory; nothing without one.
[[nodiscard]] Result<RepositoryHandle> open_at(const fs::path& place);

/// A submodule and its paths.
struct SubmoduleLocation {
    const Superproject& super;
    const Submodule& submodule;

    [[nodiscard]] fs::path place() const { return super.place / submodule.path; }
    /// Returns its git directory, `modules/NAME`.
    [[nodiscard]] fs::path git_directory() const;
    /// Returns the superproject for its own submodules.
    [[nodiscard]] Superproject below(git_repository* repository) const {
        return {repository,     submodule.access, place(),
                super.worktree, super.died,       super.directory()};
    }
    /// Adds the submodule to an error. Damage that could not be repaired must not count as the
    /// superproject's.
    [[nodiscard]] Error with_context(Error error) const;
};

/// Opens the directory of a repository's files. Follows no link below the app's own directory.
[[nodiscard]] Result<SafeDirectory> open_files_of(const Superproject& super, fs::path mark = {});
/// Returns true if its directory exists, with only directories above it, as after a checkout.
[[nodiscard]] bool has_directory(const SubmoduleLocation& module);
/// Returns true if its directory has a `.git`.
[[nodiscard]] bool has_files(const SubmoduleLocation& module);
/// Returns the repository that has its files; nothing without one. `.git` may point to the
/// repository of an earlier submodule at this path. In a copied checkout, it may point to the
/// repository of the original. A complete repository there is a user's, and is used as it is.
[[nodiscard]] Result<RepositoryHandle> open_files(const SubmoduleLocation& module);
/// Returns the repository that has its objects; nothing without one.
[[nodiscard]] Result<RepositoryHandle> open_module(const SubmoduleLocation& module);
/// Creates an empty repository for its objects. Fails with code `refused` if its name leads into
/// another repository.
[[nodiscard]] Result<RepositoryHandle> make_module(const SubmoduleLocation& module);
/// Fetches the pinned commit.
[[nodiscard]] Result<void> fetch_pinned(git_repository* repository, const SubmoduleLocation& module,
                                        const OnProgress& progress);
/// Recreates the repository with its objects from the remote. Its files stay as they are.
[[nodiscard]] Result<void> recreate_module(const SubmoduleLocation& module, const char* why);

/// Calls `act` for each active submodule of a commit, an outer one before its inner ones. `act`
/// returns the repository with its objects; nothing skips the inner submodules. If a submodule is
/// still damaged at a second attempt, it is recreated.
using ActOnModule = std::function<Result<RepositoryHandle>(const SubmoduleLocation&)>;
[[nodiscard]] Result<void> for_each(const Superproject& super, const CommitId& commit,
                                    const ActOnModule& act);

}  // namespace inhaul::git
