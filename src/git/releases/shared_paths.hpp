// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

/// Paths that all releases of an app share, from `releases.shared`.
namespace inhaul::git {

[[nodiscard]] inline std::string without_slash(const std::filesystem::path& path) {
    return (path.has_filename() ? path : path.parent_path()).string();
}

/// Returns a relative link, so that the app's directory can be moved: for a/b it is
/// ../../../shared/a/b.
[[nodiscard]] inline std::filesystem::path link_to_shared(const std::string& name) {
    const std::filesystem::path path{name};
    std::filesystem::path up{"../.."};
    for (auto part = path.begin(); part != std::prev(path.end()); ++part)
        up /= "..";
    return up / "shared" / path;
}

}  // namespace inhaul::git
