// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rules.hpp"

namespace inhaul::git {

/// Fails with code `refused` if the rules of a commit set a required filter for a file
/// (`filter.NAME.required`, as git-crypt does). inhaul runs no filters, and git also stops in this
/// case. Ignores Git LFS, whose pointers a gate checks.
[[nodiscard]] Result<void> check_required_filters(git_repository* repository, Rules& rules,
                                                  const Changes& changes);

}  // namespace inhaul::git
