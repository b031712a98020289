#pragma once

#include <optional>
#include <set>
#include <string>

#include "work_tree.hpp"

/// Differences as text that `git apply` takes.
namespace inhaul::git {

struct Patches {
    std::string text;
    std::size_t files = 0;
};

/// The patches of a diff, binary ones included; of these paths alone when some are given; without
/// those of files that are the same in the end.
[[nodiscard]] Result<Patches> patches_of(git_diff* diff, const std::optional<Paths>& only);

[[nodiscard]] Paths paths_of(git_diff* diff);

/// From the commit to the index, and from the index to the files on disk.
[[nodiscard]] Result<DiffHandle> staged_differences(git_repository* repository,
                                                    const std::optional<CommitId>& commit);
[[nodiscard]] Result<DiffHandle> unstaged_differences(git_repository* repository);

}  // namespace inhaul::git
