#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include <inhaul/util/result.hpp>

#include "release_name.hpp"

namespace inhaul::git {

/// Which releases there are in an app's directory, which of them are complete, and which is live.
class ReleaseBuilds {
public:
    explicit ReleaseBuilds(std::filesystem::path directory) : directory_(std::move(directory)) {}

    [[nodiscard]] std::filesystem::path mirror() const { return directory_ / "repo.git"; }
    /// Of a release's files, and of what git keeps about it.
    [[nodiscard]] std::filesystem::path place_of(const ReleaseName& name) const;
    [[nodiscard]] std::filesystem::path admin_of(const ReleaseName& name) const;
    [[nodiscard]] bool exists(const ReleaseName& name) const;

    /// What `current` leads to.
    [[nodiscard]] Result<std::optional<ReleaseName>> live() const;
    /// The commit's release: the one that is being made, or else the newest that is complete.
    [[nodiscard]] ReleaseName of(const CommitId& commit) const;

    /// As Repository's functions of these names.
    [[nodiscard]] Result<bool> is_built(const CommitId& commit) const;
    [[nodiscard]] Result<void> note_built(const CommitId& commit) const;
    [[nodiscard]] Result<bool> has_earlier_build(const CommitId& commit) const;
    [[nodiscard]] Result<void> drop_build(const CommitId& commit);
    /// From now on the commit's release is a further one, where there is one already.
    [[nodiscard]] Result<void> begin_further_build(const CommitId& commit);

private:
    [[nodiscard]] std::vector<unsigned> builds_of(const CommitId& commit) const;
    [[nodiscard]] bool has_mark(const ReleaseName& name) const;

    std::filesystem::path directory_;
    std::optional<ReleaseName> making_;  ///< a further build, by this process
};

}  // namespace inhaul::git
