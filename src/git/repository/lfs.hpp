// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "libgit2.hpp"

namespace inhaul::git {

/// See Repository::lfs_pointers().
[[nodiscard]] Result<std::vector<std::string>> lfs_pointers_of(git_repository* repository,
                                                               const std::optional<CommitId>& from,
                                                               const CommitId& to,
                                                               std::size_t limit);

}  // namespace inhaul::git
