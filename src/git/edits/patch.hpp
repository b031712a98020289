// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <git/checkout/tree_changes.hpp>

namespace inhaul::git {

/// A patch for `git apply`, including binary files.
struct Patch {
    std::string text;
    std::size_t files = 0;
};

/// Differences between a repository's objects and new content. Writes nothing to the repository:
/// new objects stay in memory.
class Differences {
public:
    [[nodiscard]] static Result<Differences> in(git_repository* repository);

    /// Returns the ID of the blob with this content.
    [[nodiscard]] Result<git_oid> add_content(std::string_view content);
    /// Adds both versions of a path; nothing for a version that lacks it.
    [[nodiscard]] Result<void> add(const std::string& path, const std::optional<TreeEntry>& before,
                                   const std::optional<TreeEntry>& after);
    [[nodiscard]] Result<Patch> patch();

private:
    Differences() = default;

    RepositoryHandle repository_;
    IndexHandle before_;
    IndexHandle after_;
};

}  // namespace inhaul::git
