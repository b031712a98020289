#pragma once

#include <filesystem>
#include <string>

/// What all releases of an app have in common, as `releases.shared` names it.
namespace inhaul::git {

[[nodiscard]] inline std::string without_slash(const std::filesystem::path& path) {
    return (path.has_filename() ? path : path.parent_path()).string();
}

/// Relative, so that the whole may be moved: from a/b in a release it is ../../../shared/a/b.
[[nodiscard]] inline std::filesystem::path link_to_shared(const std::string& name) {
    const std::filesystem::path path{name};
    std::filesystem::path up{"../.."};
    for (auto part = path.begin(); part != std::prev(path.end()); ++part)
        up /= "..";
    return up / "shared" / path;
}

}  // namespace inhaul::git
