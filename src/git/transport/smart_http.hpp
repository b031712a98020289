#pragma once

#include <inhaul/git/repository.hpp>
#include <inhaul/util/http_session.hpp>

#include "ref_listing.hpp"

namespace inhaul::git {

/// Git's protocol over HTTP, gitprotocol-http(5), with one repository: what fetching needs of it.
/// The token is sent at once, to the URL's own host only; a redirect is followed on that host
/// alone.
class SmartHttp {
public:
    explicit SmartHttp(const Access& access);

    /// The branch's head. In version 2 that is a line, however many refs there are; a server that
    /// does not know it is asked as of old. Errors say host, status and what to do; not_found, with
    /// a sentence of its own each, for an empty repository and one without this branch.
    [[nodiscard]] Result<CommitId> head_of(const BranchName& branch);

    /// Sends what git-upload-pack is to read. What it says to that is read with read().
    [[nodiscard]] Result<void> upload_pack(std::string body);
    /// Up to `size` bytes; 0 at the end.
    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);

private:
    enum class Version { zero, two };

    [[nodiscard]] Result<RefListing> list(const BranchName& branch, std::string_view prefix);
    [[nodiscard]] Result<RefListing> list_in_version_two(const BranchName& branch,
                                                         std::string_view prefix);
    [[nodiscard]] Result<RefListing> list_as_of_old(const BranchName& branch);
    [[nodiscard]] Result<std::string> rest_of_answer(std::size_t most);
    /// The body goes out by POST; without one it is a GET. The answer is judged, but not read.
    [[nodiscard]] Result<void> ask(std::string_view path, const std::optional<std::string>& body,
                                   Version version);
    [[nodiscard]] http::Request request(std::string_view path,
                                        const std::optional<std::string>& body,
                                        Version version) const;
    [[nodiscard]] Result<void> follow(const http::Response& answer, std::string_view path);
    [[nodiscard]] Result<void> judge(const http::Response& answer);
    [[nodiscard]] Error refusal(const http::Response& answer);

    const Access& access_;
    std::string url_;  ///< without a final slash; where redirects have led
    http::Session session_;
    bool knows_version_two_ = true;
};

/// The error for a branch that is not there.
[[nodiscard]] Error missing_branch(const std::string& url, const BranchName& branch,
                                   bool has_branches);

}  // namespace inhaul::git
