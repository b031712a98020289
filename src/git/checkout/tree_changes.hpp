// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// A commit's entry at a path. Only files, programs, links and submodules exist: modes of old git
/// versions and crafted modes are mapped to them.
struct TreeEntry {
    git_oid id;
    git_filemode_t mode;
};
/// New entries by path; nothing where the commit has no entry.
using Changes = std::map<std::string, std::optional<TreeEntry>>;

/// Returns the changes from one tree to the other (null: an empty one). Does not read equal
/// subtrees, as libgit2's own comparison does. Fails with code `refused` if a tree is nested too
/// deep for a path, or has a name twice. Also fails with `refused` for more than two million paths.
/// A few kilobytes of trees that refer to each other can expand to any number.
[[nodiscard]] Result<Changes> tree_changes(git_repository* repository, git_tree* from,
                                           git_tree* to);

/// Returns the entry at a path; nothing for a null tree.
[[nodiscard]] Result<std::optional<TreeEntry>> tree_entry_at(git_tree* tree,
                                                             const std::string& path);

/// Fails with code `corrupt` if the content of a wanted file is missing: a server may omit objects.
[[nodiscard]] Result<void> check_objects(git_repository* repository, const Changes& changes);

}  // namespace inhaul::git
