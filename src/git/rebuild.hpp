#pragma once

#include <filesystem>
#include <functional>

#include "library.hpp"

namespace inhaul::git {

/// Fills an empty repository with the branch's objects, all of them: what is damaged is at least
/// something, and not given for what a server has not even sent.
using Fill = std::function<Result<void>(git_repository*)>;

/// What is made anew: `.git` of a checkout, or the bare repository of a directory of releases.
struct Rebuilt {
    std::filesystem::path git_directory;
    bool bare = false;
    const BranchName& branch;
    const std::string& url;
};

/// Makes a repository anew whose objects or references are damaged: beside it, from the remote, and
/// then the two change places in one step. What was in the old one and nowhere else (a person's
/// branches, a stash) stays below `inhaul-damaged` in the new one, where it replaces what an
/// earlier rebuilding left; configuration, hooks and excludes are taken along where they can be
/// read, and so are worktrees and the repositories of submodules. No file of the app's is touched.
[[nodiscard]] Result<void> rebuild(const Rebuilt& what, const Fill& fill);

/// Ends a rebuilding that was cut short: what was being made goes, what was replaced is kept.
void finish_rebuilding(const std::filesystem::path& git_directory);

}  // namespace inhaul::git
