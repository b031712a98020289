// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "saved_files.hpp"
#include "tracked.hpp"

namespace inhaul::git {

/// Untracked files at the paths of a commit's files, which git overwrites.
class Obstacles {
public:
    /// `tracked` has the files in the directory that git knows; null without a repository there.
    /// `versions` are known commits: a file that equals theirs is not lost.
    Obstacles(SafeDirectory& root, std::filesystem::path place, TrackedFiles* tracked,
              std::vector<Rules>& versions)
        : root_(root), place_(std::move(place)), tracked_(tracked), versions_(versions) {}

    /// Copies files that `changes` overwrite. FIFOs, sockets and devices have no content, and are
    /// never opened.
    [[nodiscard]] Result<void> save(const Changes& changes, SavedFiles& saved_files);

private:
    [[nodiscard]] Result<std::optional<std::string>> obstacle_for(const std::string& path,
                                                                  const TreeEntry& wanted);
    [[nodiscard]] Result<std::optional<std::string>> blocking_part(const std::string& directory);
    [[nodiscard]] Result<void> copy(const std::string& path, SavedFiles& saved_files);
    [[nodiscard]] Result<void> copy_below(const std::string& path, SavedFiles& saved_files);
    [[nodiscard]] Result<bool> is_known(const std::string& path);

    SafeDirectory& root_;
    std::filesystem::path place_;
    TrackedFiles* tracked_;
    std::vector<Rules>& versions_;
    std::map<std::string, std::optional<std::string>>
        blocking_parts_;  ///< directories that were checked
    std::size_t copied_ = 0;
};

/// Returns true if one of these commits has exactly the file on disk.
[[nodiscard]] Result<bool> is_version(SafeDirectory& root, std::vector<Rules>& versions,
                                      const std::string& path);

}  // namespace inhaul::git
