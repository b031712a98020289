#pragma once

#include <string>
#include <utility>
#include <vector>

#include <inhaul/git/access.hpp>

#include "ssh_destination.hpp"

namespace inhaul::git {

/// The words that run `git-upload-pack` for the access's ssh:// URL on the other host, without a
/// shell on this one. An error for a URL whose parts could be taken for something else.
[[nodiscard]] Result<std::vector<std::string>> ssh_command(const Access& access);

/// Whether ssh speaks to GitHub there, by the URL or by the name that `ssh_config` gives to its
/// host. Without `known_hosts` only GitHub's built-in keys are trusted then.
[[nodiscard]] bool is_github_server(const Access& access, const SshDestination& to);

/// What ssh finds in its environment: who answers when it asks for a passphrase.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> ssh_environment(
    const Access& access);

/// What ssh's standard error, heard to its end, means for an operator.
[[nodiscard]] Error ssh_error(const Access& access, const std::string& said);

}  // namespace inhaul::git
