#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "index_scan.hpp"

namespace inhaul::git {

/// Files that are about to become a commit's.
struct Discarding {
    git_repository* repository;
    /// Without one they all go, and nothing is put in their place.
    std::optional<CommitId> target;
    /// What we may have written there before we died: what is exactly that is nobody's.
    std::vector<CommitId> ours;
    /// The branch that moves, and with it ends what git was doing there; none in a submodule.
    const BranchName* branch;
    const std::filesystem::path& directory;  ///< where to keep what is saved
};

/// As Repository::save_local_edits() says, of one repository. `tree` is what has just been seen of
/// its files.
[[nodiscard]] Result<std::vector<std::string>> save_edits(const Discarding& what, IndexScan& tree);

/// Of a directory that another commit's files come into: those untracked that they overwrite.
/// `repository` has the commit, `place` is where its files will be.
[[nodiscard]] Result<std::vector<std::string>> save_obstacles(
    git_repository* repository, const CommitId& target, const std::filesystem::path& place,
    const std::filesystem::path& directory);

}  // namespace inhaul::git
