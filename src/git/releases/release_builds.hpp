// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include <inhaul/util/result.hpp>

#include "release_name.hpp"

namespace inhaul::git {

/// The releases in an app's directory: which exist, are complete, and which is live.
class ReleaseBuilds {
public:
    explicit ReleaseBuilds(std::filesystem::path directory) : directory_(std::move(directory)) {}

    [[nodiscard]] std::filesystem::path mirror() const { return directory_ / "repo.git"; }
    /// Return the directories of a release's files and of its git metadata.
    [[nodiscard]] std::filesystem::path place_of(const ReleaseName& name) const;
    [[nodiscard]] std::filesystem::path admin_of(const ReleaseName& name) const;
    [[nodiscard]] bool exists(const ReleaseName& name) const;

    /// Returns the release that `current` links to.
    [[nodiscard]] Result<std::optional<ReleaseName>> live() const;
    /// Returns the commit's release: the release being built, or else the newest complete release.
    [[nodiscard]] ReleaseName of(const CommitId& commit) const;

    /// See Repository's functions of the same names.
    [[nodiscard]] Result<bool> is_built(const CommitId& commit) const;
    [[nodiscard]] Result<void> note_built(const CommitId& commit) const;
    [[nodiscard]] Result<bool> has_earlier_build(const CommitId& commit) const;
    [[nodiscard]] Result<void> drop_build(const CommitId& commit);
    /// Returns the releases that are neither of `needed` nor among the newest `keep`, and earlier
    /// builds of the others.
    [[nodiscard]] Result<std::vector<ReleaseName>> unneeded(const std::vector<CommitId>& needed,
                                                            std::size_t keep) const;
    /// Makes a further build the commit's release, if one exists already.
    [[nodiscard]] Result<void> begin_further_build(const CommitId& commit);

private:
    [[nodiscard]] std::vector<unsigned> builds_of(const CommitId& commit) const;
    [[nodiscard]] bool has_mark(const ReleaseName& name) const;

    std::filesystem::path directory_;
    std::optional<ReleaseName> making_;  ///< a further build, by this process
};

}  // namespace inhaul::git
