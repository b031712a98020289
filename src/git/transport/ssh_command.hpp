// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <inhaul/git/access.hpp>
#include <inhaul/util/process.hpp>

#include "ssh_destination.hpp"

namespace inhaul::git {

/// Returns the command that runs `git-upload-pack` on the remote host for the access's ssh:// URL,
/// without a local shell. Fails for a URL with parts that ssh or a shell could misread.
[[nodiscard]] Result<std::vector<std::string>> ssh_command(const Access& access);

/// Returns the same command for a session that stays open. The session uses version 2 of git's
/// protocol, and sends few messages while it is idle. `host_keys` is a file as github_known_hosts()
/// returns it. With an `ssh_config`, `real_host` is the host name that it sets.
[[nodiscard]] Result<std::vector<std::string>> kept_ssh_command(
    const Access& access, const std::filesystem::path& host_keys, const std::string& real_host);

/// The first returns the command with which ssh prints its options for the access's URL. The second
/// reads the host name from its output. Only needed if `ssh_config` is set and `known_hosts` is
/// not.
[[nodiscard]] Result<std::vector<std::string>> real_host_command(const Access& access);
[[nodiscard]] std::string real_host_in(std::string_view output, const Access& access);

/// Returns true for a host name of GitHub.
[[nodiscard]] bool is_github(std::string_view name);

/// Returns true if the host is GitHub's, by the URL or by the host name in `ssh_config`. Without
/// `known_hosts`, only GitHub's built-in keys are trusted then.
[[nodiscard]] bool is_github_server(const Access& access, const SshDestination& to);

/// Returns the environment variables with which ssh asks for a passphrase.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> ssh_environment(
    const Access& access);

/// Starts ssh with pipes for all three streams. Writing to it does not block.
[[nodiscard]] Result<process::Child> start_ssh(
    std::vector<std::string> command, std::vector<std::pair<std::string, std::string>> environment);

/// Converts ssh's complete standard error to an error for the operator. Without `real_host`, it may
/// ask ssh for the host name that `ssh_config` sets.
[[nodiscard]] Error ssh_error(const Access& access, const std::string& output,
                              const std::optional<std::string>& real_host = {});

}  // namespace inhaul::git
