#pragma once

#include <filesystem>
#include <functional>

#include "library.hpp"

namespace inhaul::git {

/// Fills an empty repository with the branch's objects, all of them: what is damaged is at least
/// something, and not given for what a server has not even sent.
using Fill = std::function<Result<void>(git_repository*)>;

/// Makes `.git` anew, for one whose objects or references are damaged: beside it, from the remote,
/// and then the two change places in one step. What was in the old one and nowhere else (a
/// person's branches, a stash) stays below `.git/inhaul-damaged`, where it replaces what an earlier
/// rebuilding left; its configuration, hooks and excludes are taken along where they can be read.
/// No file outside `.git` is touched.
[[nodiscard]] Result<void> rebuild(const std::filesystem::path& directory, const BranchName& branch,
                                   const std::string& url, const Fill& fill);

/// Ends a rebuilding that was cut short: what was being made goes, what was replaced is kept.
void finish_rebuilding(const std::filesystem::path& directory);

}  // namespace inhaul::git
