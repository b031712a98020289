#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "library.hpp"

namespace inhaul::git {

/// As Repository::save_local_edits() says.
[[nodiscard]] Result<std::vector<std::string>> save_edits(git_repository* repository,
                                                          const BranchName& branch,
                                                          const CommitId& target,
                                                          const std::filesystem::path& directory);

}  // namespace inhaul::git
