// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

#include "github_server.hpp"

namespace inhaul::config {

/// The location of a repository for git and for REST.
struct Location {
    std::string git_url;  ///< https://, ssh://, file:// or an absolute path; no credential in it
    std::optional<GitHubRepository> github;
};

/// Parses `owner/name`, a URL, git@host:path, or a path. `owner/name` is on `server`, and
/// `over_ssh` chooses its protocol. Fails with ErrorCode::configuration also for text that git
/// would treat as an option, a remote helper or a command. No message contains a password.
[[nodiscard]] Result<Location> locate(std::string_view repository, const GitHubServer& server,
                                      bool over_ssh);

}  // namespace inhaul::config
