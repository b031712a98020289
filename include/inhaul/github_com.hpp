// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The hosts of github.com. An Enterprise server has others.
namespace inhaul::github_com {

inline constexpr std::string_view host{"github.com"};
inline constexpr std::string_view api{"https://api.github.com"};  ///< base URL of the REST API
inline constexpr std::string_view web{"https://github.com"};      ///< base URL of the pages
/// Only redirects to `host`. inhaul does not follow this redirect.
inline constexpr std::string_view old_host{"www.github.com"};
/// Serves ssh on port 443 too.
inline constexpr std::string_view ssh_host{"ssh.github.com"};

/// Returns true if this lower-case host serves repositories of github.com.
[[nodiscard]] constexpr bool serves(std::string_view name) {
    return name == host || name == old_host || name == ssh_host;
}

}  // namespace inhaul::github_com
