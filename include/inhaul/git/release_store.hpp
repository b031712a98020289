// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// The places of commits: one directory for all, or one for each release.
class ReleaseStore {
public:
    virtual ~ReleaseStore() = default;

    /// Returns the directory of the commit's files, which may not exist yet.
    [[nodiscard]] virtual std::filesystem::path place_of(const CommitId& commit) const = 0;
    /// Returns true if each commit has its own directory, which can be built before it is live.
    [[nodiscard]] virtual bool uses_release_directories() const = 0;
    /// Creates that directory beside the live directory. With `rebuild` creates another directory,
    /// which then is the commit's directory. Does not write to a live directory that already equals
    /// the commit.
    [[nodiscard]] virtual Result<void> prepare(const CommitId& target, bool rebuild) = 0;
    /// Returns true if note_built() was called for it. False if commits share one directory.
    [[nodiscard]] virtual Result<bool> is_built(const CommitId& commit) = 0;
    /// Records durably that the commit's directory is complete.
    [[nodiscard]] virtual Result<void> note_built(const CommitId& commit) = 0;
    /// Returns true if the live directory is a rebuild, and an earlier one is complete.
    [[nodiscard]] virtual Result<bool> has_earlier_build(const CommitId& commit) = 0;
    /// Makes the earlier directory the commit's again, if the live one is the rebuild.
    [[nodiscard]] virtual Result<void> drop_build(const CommitId& commit) = 0;
    /// Removes old directories, except the directories of `needed` and the newest directories.
    /// First saves edits of their tracked files, and returns lines about them, as
    /// save_local_edits() does.
    [[nodiscard]] virtual Result<std::vector<std::string>> prune(
        const std::vector<CommitId>& needed, const std::filesystem::path& directory) = 0;
};

}  // namespace inhaul::git
