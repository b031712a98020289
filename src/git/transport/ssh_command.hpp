// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <inhaul/git/access.hpp>

#include "ssh_destination.hpp"

namespace inhaul::git {

/// Returns the command that runs `git-upload-pack` on the remote host for the access's ssh:// URL,
/// without a local shell. Fails for a URL with parts that ssh or a shell could misread.
[[nodiscard]] Result<std::vector<std::string>> ssh_command(const Access& access);

/// Returns true if the host is GitHub's, by the URL or by the host name in `ssh_config`. Without
/// `known_hosts`, only GitHub's built-in keys are trusted then.
[[nodiscard]] bool is_github_server(const Access& access, const SshDestination& to);

/// Returns the environment variables with which ssh asks for a passphrase.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> ssh_environment(
    const Access& access);

/// Converts ssh's complete standard error to an error for the operator.
[[nodiscard]] Error ssh_error(const Access& access, const std::string& said);

}  // namespace inhaul::git
