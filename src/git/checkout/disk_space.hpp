#pragma once

#include "safe_directory.hpp"
#include "tree_changes.hpp"

namespace inhaul::git {

/// Whether each file system has room for what is to be written there: blocks and inodes. A switch
/// that ends half-way for want of them leaves the app without either commit. Code `no_space`.
[[nodiscard]] Result<void> check_space(git_repository* repository, SafeDirectory& root,
                                       const Changes& changes);

}  // namespace inhaul::git
