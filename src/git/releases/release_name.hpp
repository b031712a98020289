// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/model.hpp>

namespace inhaul::git {

/// Name of a release's directory: the commit. Further builds of it are `COMMIT-2`, `COMMIT-3` and
/// so on, so that a build never changes the running release.
struct ReleaseName {
    CommitId commit;
    unsigned build = 1;

    [[nodiscard]] std::string text() const;
    bool operator==(const ReleaseName&) const = default;
};

/// Returns nothing if the text is not a release name.
[[nodiscard]] std::optional<ReleaseName> release_name_from(std::string_view text);

}  // namespace inhaul::git
