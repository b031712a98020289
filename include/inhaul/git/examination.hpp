#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// What is found in an app's directory, without a lock and without a change.
struct Examination {
    bool exists = false;               ///< there is a repository
    std::optional<CommitId> head;      ///< the commit that is live there
    std::size_t edited = 0;            ///< tracked files that are not as HEAD has them
    std::vector<std::string> locks;    ///< lock files of git's, stale or not
    std::filesystem::path repository;  ///< where objects and refs are
    /// The first directory of the repository that may not be written to.
    std::optional<std::filesystem::path> not_ours;
    /// The first thing that is found to stand against a switch that changes every file: a place
    /// that may not be written to, a mount, a branch that another worktree has.
    std::optional<Error> obstacle;
};
/// An error with code corrupt for a repository that lacks objects of its head; refused as
/// Repository::open().
[[nodiscard]] Result<Examination> examine(const Settings& settings);

}  // namespace inhaul::git
