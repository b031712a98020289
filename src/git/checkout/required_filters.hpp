// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "tree_changes.hpp"

namespace inhaul::git {

/// Returns the filter that the commit's own attributes set for a file; nothing without one.
[[nodiscard]] Result<std::optional<std::string>> filter_of(git_repository* repository,
                                                           const CommitId& commit,
                                                           const std::string& path);

/// Fails with code `refused` if the commit's attributes set a required filter for a file
/// (`filter.NAME.required`, as git-crypt does). inhaul runs no filters, and git also stops in this
/// case. Ignores Git LFS, whose pointers a gate checks.
[[nodiscard]] Result<void> check_required_filters(git_repository* repository,
                                                  const CommitId& commit, const Changes& changes);

}  // namespace inhaul::git
