#pragma once

#include <string>

#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// Whom ssh is to call, and for which repository: the parts of an ssh:// URL, each of them checked
/// so that neither ssh nor a shell can take it for something else.
struct SshDestination {
    std::string user;  ///< empty: the account's own name, as ssh itself decides
    std::string host;  ///< an IPv6 address without its brackets
    std::string port;  ///< empty: ssh's own
    std::string path;  ///< decoded; relative to the account's home without a slash at its begin
};
[[nodiscard]] Result<SshDestination> ssh_destination(const std::string& url);

}  // namespace inhaul::git
