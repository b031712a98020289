// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::config {

/// A GitHub server: the base URL of its REST API and the host of its repositories.
/// https://api.github.com serves github.com, https://api.SUB.ghe.com serves SUB.ghe.com, and
/// https://HOST/api/v3 serves HOST.
class GitHubServer {
public:
    /// Accepts https, and http to this host. Drops a final slash. Fails with
    /// ErrorCode::configuration.
    [[nodiscard]] static Result<GitHubServer> at(std::string_view api_url);
    [[nodiscard]] static GitHubServer of_github_com();

    [[nodiscard]] const std::string& api() const { return api_; }
    [[nodiscard]] const std::string& host() const { return host_; }

    /// True if this lower-case host serves repositories of this server.
    [[nodiscard]] bool owns(std::string_view host) const;
    [[nodiscard]] GitHubRepository repository(std::string owner, std::string name) const;
    /// Returns the URL from which git fetches owner/name.
    [[nodiscard]] std::string git_url(std::string_view owner, std::string_view name,
                                      bool over_ssh) const;
    /// Returns "git", or SUB on SUB.ghe.com.
    [[nodiscard]] std::string ssh_user() const;

private:
    std::string api_;
    std::string host_;      ///< of the repositories
    std::string web_base_;  ///< https://HOST, with the port if it is not the default
};

/// The owner and the name in the path of a repository's URL: `/octocat/myapp.git`.
struct Slug {
    std::string owner;
    std::string name;
};
[[nodiscard]] std::optional<Slug> slug_in(std::string_view path);

}  // namespace inhaul::config
