// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// Files that killed processes left in a repository.
namespace inhaul::git {

/// Returns the existing lock files of files that a worker writes.
[[nodiscard]] std::vector<std::filesystem::path> lock_files(
    const std::filesystem::path& git_directory, const BranchName& branch);

/// Removes stale lock files of files that a worker writes. Fails with code `host` (transient) and
/// the file's name while the lock may be in use:
/// * A live process has it open, or a live git runs in the directory. An editor for a commit
///   message can hold the lock for an hour.
/// * No worker of inhaul died here (`ours` is false) and the lock is newer than ten minutes. Git
///   processes of other accounts are invisible.
[[nodiscard]] Result<void> sweep_locks(const std::filesystem::path& git_directory,
                                       const BranchName& branch, bool ours);

/// Returns the repositories below `modules`, including the repositories of nested submodules.
[[nodiscard]] std::vector<std::filesystem::path> repositories_of_submodules(
    const std::filesystem::path& git_directory);

/// The same for repositories of submodules, after a worker of inhaul died.
[[nodiscard]] Result<void> sweep_submodules(const std::filesystem::path& git_directory);

/// Removes libgit2's temporary files. Those with git's names are left to git.
void sweep_objects(const std::filesystem::path& git_directory);

/// Removes the files with which libgit2 tests for symbolic links in a new repository.
void sweep_probes(const std::filesystem::path& directory);

}  // namespace inhaul::git
