#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/model.hpp>

namespace inhaul::git {

/// What the directory of a release is called: as its commit; a further build of the same commit
/// `COMMIT-2`, `COMMIT-3` …, so that it never changes the one that runs.
struct ReleaseName {
    CommitId commit;
    unsigned build = 1;

    [[nodiscard]] std::string text() const;
    bool operator==(const ReleaseName&) const = default;
};

/// Nothing for what is no release.
[[nodiscard]] std::optional<ReleaseName> release_name_from(std::string_view text);

}  // namespace inhaul::git
