// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libgit2.hpp"

namespace inhaul::git {

/// Removes the refs of fetched branches beside which this ref cannot exist: `a` and `a/b` would be
/// a file and a directory of the same name. The branch of the app may have had such a name before.
/// Its live commit has a ref of its own. Commits that an earlier build saved move below
/// own_refs::saved.
[[nodiscard]] Result<void> remove_conflicting_refs(git_repository* repository,
                                                   const std::string& ref);

}  // namespace inhaul::git
