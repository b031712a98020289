// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// Fills an empty repository with all objects of the branch. If the server does not send them all,
/// the damaged repository stays.
using FetchObjects = std::function<Result<void>(git_repository*)>;

/// A repository to recreate: `.git` of a checkout, the bare repository of releases, or a
/// submodule's. `bare` if its files are in worktrees.
struct RebuildRequest {
    std::filesystem::path git_directory;
    bool bare = false;
    const BranchName& branch;
    const std::string& url;
    const char* why = "was damaged";  ///< for the log
};

/// Recreates a damaged repository from the remote, in a directory beside it. Then exchanges the two
/// atomically. Copies refs, the stash and reflogs with their objects as far as they are readable
/// (kept_refs.hpp). Also takes over configuration, hooks, excludes, worktrees and repositories of
/// submodules. Keeps the old repository as `inhaul-damaged`, `inhaul-damaged-2` and so on. Of the
/// old repositories whose refs and reflogs were all copied, keeps only the newest two. Does not
/// touch the app's files.
[[nodiscard]] Result<void> rebuild(const RebuildRequest& what, const FetchObjects& fill);

/// Completes an interrupted rebuild: removes a partial new repository, or keeps the replaced one.
/// Returns the path of a kept one.
std::optional<std::filesystem::path> finish_rebuilding(const std::filesystem::path& git_directory);

}  // namespace inhaul::git
