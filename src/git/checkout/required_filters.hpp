#pragma once

#include <optional>
#include <string>

#include "tree_changes.hpp"

namespace inhaul::git {

/// The filter that the commit's own attributes give a file to; nothing for one without.
[[nodiscard]] Result<std::optional<std::string>> filter_of(git_repository* repository,
                                                           const CommitId& commit,
                                                           const std::string& path);

/// Refused for a commit with a file that the commit's attributes give to a filter without which it
/// is of no use (`filter.NAME.required`, as git-crypt sets it): inhaul runs no filters, and git
/// itself stops there. Git LFS is a gate's to judge, which knows its pointers.
[[nodiscard]] Result<void> check_required_filters(git_repository* repository,
                                                  const CommitId& commit, const Changes& changes);

}  // namespace inhaul::git
