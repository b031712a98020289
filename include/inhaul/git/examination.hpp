// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// State of an app's directory, read without a lock and without changes.
struct Examination {
    bool exists = false;               ///< a repository exists
    std::optional<CommitId> head;      ///< the commit that is live
    std::size_t edited = 0;            ///< number of tracked files that differ from HEAD
    std::vector<std::string> locks;    ///< git's lock files, stale or not
    std::filesystem::path repository;  ///< directory of objects and refs
    /// First directory of the repository that this account cannot write to.
    std::optional<std::filesystem::path> not_ours;
    /// First obstacle to a switch that changes every file. Examples: a path that is not writable, a
    /// mount, a branch that another worktree has checked out.
    std::optional<Error> obstacle;
};
/// Fails with code `corrupt` if the repository lacks objects of its head, and with `refused` as
/// Repository::open() does.
[[nodiscard]] Result<Examination> examine(const Settings& settings);

}  // namespace inhaul::git
