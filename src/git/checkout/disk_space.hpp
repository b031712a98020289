// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "safe_directory.hpp"
#include "tree_changes.hpp"

namespace inhaul::git {

/// Fails with code `no_space` if a file system lacks blocks or inodes for the changes. A switch
/// that runs out of space leaves a mix of both commits.
[[nodiscard]] Result<void> check_space(git_repository* repository, SafeDirectory& root,
                                       const Changes& changes);

}  // namespace inhaul::git
