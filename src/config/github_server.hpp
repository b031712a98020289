#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::config {

[[nodiscard]] bool is_loopback(std::string_view host);

/// The server behind a base URL of GitHub's REST API, and where it keeps its repositories:
/// https://api.github.com those of github.com, https://api.SUB.ghe.com those of SUB.ghe.com, and
/// https://HOST/api/v3 those of HOST itself.
class GitHubServer {
public:
    /// https, or http to this host itself; a final slash is dropped.
    [[nodiscard]] static Result<GitHubServer> at(std::string_view api_url);
    [[nodiscard]] static GitHubServer github_com();

    [[nodiscard]] const std::string& api() const { return api_; }
    [[nodiscard]] const std::string& host() const { return host_; }

    /// Whether repositories at this lower-case host are this server's.
    [[nodiscard]] bool owns(std::string_view host) const;
    [[nodiscard]] GitHubRepository repository(std::string owner, std::string name) const;
    /// Where git fetches owner/name.
    [[nodiscard]] std::string git_url(std::string_view owner, std::string_view name,
                                      bool over_ssh) const;
    /// `git`; on SUB.ghe.com it is SUB.
    [[nodiscard]] std::string ssh_user() const;

private:
    std::string api_;
    std::string host_;      ///< of the repositories
    std::string web_base_;  ///< https://HOST, with a port where it has its own
};

/// The owner and the name in the path of a repository's URL: `/octocat/myapp.git`.
struct Slug {
    std::string owner;
    std::string name;
};
[[nodiscard]] std::optional<Slug> slug_in(std::string_view path);

}  // namespace inhaul::config
