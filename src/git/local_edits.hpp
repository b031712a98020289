#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "work_tree.hpp"

namespace inhaul::git {

/// As Repository::save_local_edits() says. `tree` is what has just been seen of the files.
[[nodiscard]] Result<std::vector<std::string>> save_edits(git_repository* repository,
                                                          WorkTree& tree, const BranchName& branch,
                                                          const CommitId& target,
                                                          const std::filesystem::path& directory);

}  // namespace inhaul::git
