#pragma once

#include <filesystem>
#include <functional>

#include "gitmodules.hpp"
#include "submodules.hpp"

/// One submodule, and the walk over all of a commit's.
namespace inhaul::git {

namespace fs = std::filesystem;

/// Where a repository keeps those of its submodules.
[[nodiscard]] fs::path modules_of(git_repository* repository);
/// Both are there, and the one is the other, or below it.
[[nodiscard]] bool is_inside(const fs::path& path, const fs::path& directory);
/// What `.git` in a directory makes a repository of, and has its files there; nothing without one.
[[nodiscard]] Result<RepositoryHandle> open_at(const fs::path& place);

/// One submodule, and where things of it are.
struct Module {
    const Superproject& super;
    const Submodule& submodule;

    [[nodiscard]] fs::path place() const { return super.place / submodule.path; }
    /// Where git keeps it: `modules/NAME`.
    [[nodiscard]] fs::path git_directory() const;
    /// For the walk into its own submodules.
    [[nodiscard]] Superproject below(git_repository* repository) const {
        return {repository,     submodule.access, place(),
                super.worktree, super.died,       super.directory()};
    }
    /// Damage here, which could not be repaired, is none of the superproject's.
    [[nodiscard]] Error about(Error error) const;
};

/// The directory of a repository's files, with no link on the way from the app's own directory.
[[nodiscard]] Result<SafeDirectory> open_files_of(const Superproject& super, fs::path mark = {});
/// A directory below the place with nothing but directories on the way, as a checkout leaves it.
[[nodiscard]] bool has_directory(const Module& module);
/// Its files are below the place, by a `.git` there.
[[nodiscard]] bool has_files(const Module& module);
/// The repository that has its files; nothing where none has yet. What `.git` points to may be
/// another's: of the submodule that was at this path before, or of the checkout that this one is a
/// copy of. A whole repository there is a person's, and is used as it is.
[[nodiscard]] Result<RepositoryHandle> open_files(const Module& module);
/// The repository that has its objects; nothing where none has yet.
[[nodiscard]] Result<RepositoryHandle> open_module(const Module& module);
/// An empty one for its objects. Refused where its name leads into another repository.
[[nodiscard]] Result<RepositoryHandle> make_module(const Module& module);
/// Fetches the commit that is pinned.
[[nodiscard]] Result<void> fetch_pinned(git_repository* repository, const Module& module,
                                        const OnProgress& progress);
/// The repository that has its objects, from its remote; its files stay as they are.
[[nodiscard]] Result<void> recreate_module(const Module& module, const char* why);

/// Does something for each submodule of a commit that is active: first for the outer, then for the
/// inner ones. `act` returns the repository that has its objects; with nothing, its own are left
/// out. One that is damaged is recreated, when it is so at a second look as well.
using ActOnModule = std::function<Result<RepositoryHandle>(const Module&)>;
[[nodiscard]] Result<void> for_each(const Superproject& super, const CommitId& commit,
                                    const ActOnModule& act);

}  // namespace inhaul::git
