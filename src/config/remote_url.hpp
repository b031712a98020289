#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

#include "github_server.hpp"

namespace inhaul::config {

/// Where a repository is, for git and for REST.
struct Location {
    std::string git_url;  ///< https://, ssh://, file:// or an absolute path; no credential in it
    std::optional<GitHubRepository> github;
};

/// Reads `owner/name`, a URL, git@host:path, or a path. `server` is where `owner/name` is;
/// `over_ssh` chooses how it is fetched. What git itself would take for an option, a remote helper
/// or a command is refused, and no message repeats a password.
[[nodiscard]] Result<Location> locate(std::string_view repository, const GitHubServer& server,
                                      bool over_ssh);

}  // namespace inhaul::config
