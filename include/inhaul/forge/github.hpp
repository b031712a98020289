#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <inhaul/forge/forge.hpp>
#include <inhaul/util/http.hpp>

/// GitHub's REST API, as far as a head needs it.
namespace inhaul::forge {

/// `GET {api}/repos/{owner}/{name}/commits/heads%2F{branch}` with the bare-SHA media type and the
/// known commit as the entity tag: GitHub documents the SHA as the ETag of this resource, so a 304
/// needs nothing stored and survives a new token. With a repository id:
/// `{api}/repositories/{id}/…`.
[[nodiscard]] http::Request head_request(const HeadQuestion& question,
                                         const std::optional<Secret>& token);

/// What follows the API's base: by name, or by number for one that was renamed.
[[nodiscard]] std::string repository_path(const GitHubRepository& repository,
                                          const std::optional<std::int64_t>& id);

/// Whether a reply says that the repository is elsewhere: 301, 302, 307 or 308.
[[nodiscard]] bool is_redirect(int status);

/// What a reply to head_request means; pure. A redirect is not for this function.
[[nodiscard]] HeadAnswer read_head_reply(const http::Response& response,
                                         const HeadQuestion& question, bool authenticated,
                                         TimePoint now);

/// Where a redirect of a renamed repository leads, if it may be followed: same scheme, host and
/// port, and a path that names a repository by number.
struct RepositoryMove {
    std::int64_t repository_id = 0;
    std::string url;
};
[[nodiscard]] std::optional<RepositoryMove> read_move(const http::Response& response,
                                                      std::string_view asked_url);

/// The Forge over REST. Token files are read again when they have changed (a stat a question).
[[nodiscard]] std::unique_ptr<Forge> github(http::Client& client, const Clock& clock);

}  // namespace inhaul::forge
