#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "libgit2.hpp"

namespace inhaul::git {

/// Fills an empty repository with the branch's objects, all of them: what is damaged is at least
/// something, and not given for what a server has not even sent.
using Fill = std::function<Result<void>(git_repository*)>;

/// What is recreated: `.git` of a checkout, or the bare repository of a directory of releases, or a
/// submodule's repository. `bare` where the files are those of worktrees.
struct Rebuilt {
    std::filesystem::path git_directory;
    bool bare = false;
    const BranchName& branch;
    const std::string& url;
    const char* why = "was damaged";  ///< for the log
};

/// Recreates a repository whose objects or references are damaged: beside it, from the remote, and
/// then the two change places in one step. Refs, the stash and reflogs are taken along with their
/// objects as far as they can be read (belongings.hpp); so are configuration, hooks, excludes,
/// worktrees and the repositories of submodules. The old one stays below `inhaul-damaged`, or
/// `inhaul-damaged-2` and so on beside those of earlier times. Of those whose refs and reflogs are
/// all in the new one, only the newest two are kept. No file of the app's is touched.
[[nodiscard]] Result<void> rebuild(const Rebuilt& what, const Fill& fill);

/// Ends a rebuilding that was cut short: what was being made goes, what was replaced is kept. Where
/// that is, if there is any.
std::optional<std::filesystem::path> finish_rebuilding(const std::filesystem::path& git_directory);

}  // namespace inhaul::git
