// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// The parts of an ssh:// URL. Each is checked, so that neither ssh nor a shell can misread it.
struct SshDestination {
    std::string user;  ///< empty: ssh's default
    std::string host;  ///< an IPv6 address without its brackets
    std::string port;  ///< empty: ssh's default
    std::string path;  ///< decoded; relative to the account's home without a leading slash
};
[[nodiscard]] Result<SshDestination> ssh_destination(const std::string& url);

}  // namespace inhaul::git
