#pragma once

#include <string_view>

#include <inhaul/git/repository.hpp>
#include <inhaul/settings.hpp>

namespace inhaul::git {

/// Reads the token file and gathers what the remote needs. The key is only checked, ssh reads it.
[[nodiscard]] Result<Access> access_for(const Settings& settings);

/// The lines of known_hosts for GitHub, as GitHub publishes them.
[[nodiscard]] std::string_view github_host_keys();

}  // namespace inhaul::git
