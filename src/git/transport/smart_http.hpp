// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/git/repository.hpp>
#include <inhaul/util/http_session.hpp>

#include "http_answer.hpp"
#include "ref_listing.hpp"

namespace inhaul::git {

/// Git's protocol over HTTP with one repository, gitprotocol-http(5), as far as a fetch needs it.
/// Sends the token with the first request, only to the URL's own host. Follows redirects only on
/// that host.
class SmartHttp {
public:
    explicit SmartHttp(const Access& access);

    /// Returns the branch's head. In version 2 the response is one line for any number of refs;
    /// other servers are requested with version 0. Errors have the host, the status and a hint.
    /// Fails with code `not_found`, with separate messages for an empty repository and a missing
    /// branch.
    [[nodiscard]] Result<CommitId> head_of(const BranchName& branch);

    /// Sends the input of git-upload-pack. Its output is read with read().
    [[nodiscard]] Result<void> upload_pack(std::string body);
    /// Reads up to `size` bytes; returns 0 at the end.
    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);

private:
    [[nodiscard]] Result<RefListing> list(const BranchName& branch, std::string_view prefix);
    [[nodiscard]] Result<RefListing> list_in_version_two(const BranchName& branch,
                                                         std::string_view prefix);
    [[nodiscard]] Result<RefListing> list_refs_v0(const BranchName& branch);
    [[nodiscard]] Result<std::string> rest_of_answer(std::size_t most);
    /// Sends a POST with the body, or a GET without one. Checks the response's header, but does not
    /// read its body.
    [[nodiscard]] Result<void> send(std::string_view path, const std::optional<std::string>& body,
                                    ProtocolVersion version);
    [[nodiscard]] Result<void> follow(const http::Response& answer, std::string_view path);
    enum class Service { missing, here, elsewhere };
    /// Requests the refs in version 0, and follows a redirect, for a URL without git's service.
    [[nodiscard]] Service find_service();
    [[nodiscard]] Result<void> judge(const http::Response& answer);

    const Access& access_;
    std::string url_;  ///< without a final slash; after redirects
    http::Session session_;
    bool supports_v2_ = true;
    bool looked_for_service_ = false;
};

}  // namespace inhaul::git
