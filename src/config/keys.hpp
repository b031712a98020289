#pragma once

#include <array>
#include <string_view>

namespace inhaul::config {

/// Every key there is, dotted. What is not here is a mistake, and this is where the nearest is
/// found.
inline constexpr std::array<std::string_view, 18> all_keys{
    "repository",     "branch",           "directory",       "stamp",
    "auth.ssh_key",   "auth.known_hosts", "auth.token_file", "tls.ca_file",
    "github.api_url", "poll.interval",    "poll.via",        "deploy.deadline",
    "service.unit",   "service.scope",    "service.restart", "service.restart_deadline",
    "service.settle", "service",
};

}  // namespace inhaul::config
