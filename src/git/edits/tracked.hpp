// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>

namespace inhaul::git {

/// The files in a directory that git knows, from its own repository and the repositories of its
/// submodules.
class TrackedFiles {
public:
    /// `changed` has the differences from HEAD. Caller must keep `tree` and `changed` alive.
    TrackedFiles(std::filesystem::path place, const IndexScan& tree, const Changes& changed);
    ~TrackedFiles();
    TrackedFiles(TrackedFiles&&) noexcept;

    /// Returns true if the file or link at a path is in a commit or among the changes.
    [[nodiscard]] bool has(const std::string& path);

private:
    struct Below;
    [[nodiscard]] Below* below(const std::string& path);

    std::filesystem::path place_;
    const IndexScan* tree_;
    const Changes* changed_;
    std::vector<std::string> submodules_;
    std::map<std::string, std::unique_ptr<Below>> opened_;
};

/// Returns the paths of submodules in the index.
[[nodiscard]] std::vector<std::string> submodules_in(git_index* index);
/// Returns the repository whose `.git` is in this directory; null if it cannot be opened.
[[nodiscard]] RepositoryHandle repository_at(const std::filesystem::path& place);

}  // namespace inhaul::git
