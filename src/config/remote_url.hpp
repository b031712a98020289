#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::config {

/// Where a repository is, for git and for REST.
struct Location {
    std::string git_url;
    std::optional<GitHubRepository> github;
};

/// Reads `owner/name`, a URL, git@host:path, or a path. `api` is the base of GitHub's REST API;
/// `over_ssh` chooses how `owner/name` is fetched.
[[nodiscard]] Result<Location> locate(std::string_view repository, std::string_view api,
                                      bool over_ssh);

/// A base URL for REST without its final slash: https, or http to this host itself.
[[nodiscard]] Result<std::string> check_api(std::string_view url);

}  // namespace inhaul::config
