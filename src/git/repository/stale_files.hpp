#pragma once

#include <filesystem>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// What processes that were killed have left below .git.
namespace inhaul::git {

/// The lock files that are there of what a worker writes.
[[nodiscard]] std::vector<std::filesystem::path> lock_files(
    const std::filesystem::path& git_directory, const BranchName& branch);

/// Removes stale lock files of what a worker writes. A lock file is a person's, and an error with
/// code `locked` (transient) that names it, as long as
///   * a live process has it open, or a live git works in the directory: an editor for a commit
///     message may keep git, and its lock, for an hour; or
///   * neither a worker of ours has died here (`ours`) nor have ten minutes passed, since a git of
///     another account cannot be looked at.
[[nodiscard]] Result<void> sweep_locks(const std::filesystem::path& git_directory,
                                       const BranchName& branch, bool ours);

/// The repositories of submodules, and of theirs, that a repository keeps in its `modules`.
[[nodiscard]] std::vector<std::filesystem::path> repositories_of_submodules(
    const std::filesystem::path& git_directory);

/// Likewise for the repositories of submodules, where a worker of ours has died.
[[nodiscard]] Result<void> sweep_submodules(const std::filesystem::path& git_directory);

/// Removes what libgit2 was writing. The names are its own: git's are git's to remove.
void sweep_objects(const std::filesystem::path& git_directory);

/// Removes what libgit2 tries in a directory that it makes a repository of: whether there can be
/// links.
void sweep_probes(const std::filesystem::path& directory);

}  // namespace inhaul::git
