#pragma once

#include <map>
#include <optional>
#include <string>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// What a commit has at a path. Only files, programs, links and submodules are ever made: git's own
/// modes of old and crafted ones come down to them.
struct Wanted {
    git_oid id;
    git_filemode_t mode;
};
/// What a path is to become; nothing where the commit has nothing.
using Changes = std::map<std::string, std::optional<Wanted>>;

/// What must be done so that one tree becomes the other (none: an empty one). What is the same in
/// both is not looked into, which libgit2's own comparison does. Code `refused` for a tree that is
/// deeper than paths may be long, has more than two million paths (trees that name one another can
/// have as many as they like in a few kilobytes), or has one name twice.
[[nodiscard]] Result<Changes> tree_changes(git_repository* repository, git_tree* from,
                                           git_tree* to);

/// What a tree has at a path; nothing in no tree.
[[nodiscard]] Result<std::optional<Wanted>> wanted_at(git_tree* tree, const std::string& path);

/// Whether the content of each file that is wanted is here. A server may leave out what it likes.
[[nodiscard]] Result<void> check_objects(git_repository* repository, const Changes& changes);

}  // namespace inhaul::git
