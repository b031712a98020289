// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/git/repository.hpp>
#include <inhaul/util/http.hpp>

/// Requests and answers of git's protocol over HTTP, gitprotocol-http(5). Pure.
namespace inhaul::git {

enum class ProtocolVersion { zero, two };

constexpr std::string_view refs_path{"/info/refs?service=git-upload-pack"};
constexpr std::string_view service_path{"/git-upload-pack"};
constexpr int most_redirects = 3;

[[nodiscard]] std::string without_final_slash(std::string url);

/// Returns the request to a path below the repository's URL `base`. It is a POST with the body, or
/// a GET without a body. It contains the token.
[[nodiscard]] http::Request git_request(const Access& access, const std::string& base,
                                        std::string_view path,
                                        const std::optional<std::string>& body,
                                        ProtocolVersion version);

[[nodiscard]] bool redirects(const http::Response& answer);

/// Returns the repository's URL after a redirect of a request to `base` and `path`. Fails if it
/// leads to another host or to something else than the same service.
[[nodiscard]] Result<std::string> redirected(const Access& access, const std::string& base,
                                             std::string_view path, const http::Response& answer);

/// Returns true if the service of git may be elsewhere. GitLab has it only at URLs that end in
/// `.git`. To the request for refs_path it redirects.
[[nodiscard]] bool lacks_service(const http::Response& answer);

/// Returns true if the two URLs of a repository differ, not only in a final `.git`.
[[nodiscard]] bool has_moved(const Access& access, const std::string& base);

/// Returns true if the answer comes from a git server.
[[nodiscard]] bool is_git_answer(const http::Response& answer);

/// Returns true if the answer has an explanation for people as text.
[[nodiscard]] bool explains(const http::Response& answer);

/// Returns the error of an answer that does not come from a git server, with that explanation.
[[nodiscard]] Error not_a_git_answer(const Access& access, const http::Response& answer,
                                     std::string_view explanation);

/// Returns the error for a missing branch.
[[nodiscard]] Error missing_branch(const std::string& url, const BranchName& branch,
                                   bool has_branches);

}  // namespace inhaul::git
