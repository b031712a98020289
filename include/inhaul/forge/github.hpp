// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <inhaul/forge/forge.hpp>
#include <inhaul/util/http.hpp>

/// Polls over GitHub's REST API.
namespace inhaul::forge {

/// `GET {api}/repos/{owner}/{name}/commits/heads%2F{branch}` with the bare-SHA media type and the
/// known commit as the entity tag. GitHub documents the SHA as the ETag of this resource. So no
/// ETag is stored, and a 304 works after a change of the token. With a repository id:
/// `{api}/repositories/{id}/…`.
[[nodiscard]] http::Request head_request(const HeadRequest& request,
                                         const std::optional<Secret>& token);

/// Returns the path after the API's base: by number if it is known, else by name.
[[nodiscard]] std::string repository_path(const GitHubRepository& repository,
                                          const std::optional<std::int64_t>& id);

/// Interprets a reply to head_request(). Pure. Does not follow redirects.
[[nodiscard]] HeadAnswer read_head_reply(const http::Response& response, const HeadRequest& request,
                                         bool authenticated, TimePoint now);

/// The target of a redirect of a renamed repository, if it may be followed. It must have the same
/// scheme, host and port, and a path with the repository's number.
struct RepositoryMove {
    std::int64_t repository_id = 0;
    std::string url;
};
[[nodiscard]] std::optional<RepositoryMove> read_move(const http::Response& response,
                                                      std::string_view requested_url);

/// Returns the Forge over REST. It reads a changed token file again (one stat per poll).
[[nodiscard]] std::unique_ptr<Forge> github(http::Client& client, const Clock& clock);

}  // namespace inhaul::forge
