// SPDX-License-Identifier: Apache-2.0
#include "http_answer.hpp"

#include <fmt/format.h>

#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::git {
namespace {

constexpr std::size_t longest_explanation = 200;

/// Returns the error for a status.
Error refusal(const Access& access, int status, std::string_view explanation) {
    const auto because = explanation.empty()
                             ? std::string{}
                             : fmt::format(": {}", printable(explanation, longest_explanation));
    const auto error = [&](ErrorCode code, std::string_view what, std::string hint) {
        return Error{code, fmt::format("fetch {}: {} ({}){}", access.url, what, status, because),
                     std::move(hint), status >= 500 || status == 429};
    };
    switch (status) {
        case 401:
            return access.token ? error(ErrorCode::authentication, "the server rejects the token",
                                        "Create a new token with Contents: read for this "
                                        "repository, and write it to auth.token_file.")
                                : error(ErrorCode::authentication, "authentication required",
                                        "Set auth.token_file to a file with a token. A missing "
                                        "repository gives the same error.");
        case 403:
            return error(ErrorCode::authentication, "access is denied",
                         access.token ? "Give the token Contents: read for this repository."
                                      : "Set auth.token_file to a file with a token.");
        case 404:
        case 410:
            return error(ErrorCode::not_found, "no such repository",
                         access.token
                             ? "Check the URL, and the permissions of the token."
                             : "Check the URL. For a private repository, set auth.token_file.");
        case 407:
            return error(ErrorCode::configuration, "the proxy requires authentication",
                         "Add user and password to http_proxy or https_proxy.");
        case 429:
            return error(ErrorCode::network, "too many requests", {});
        default:
            return status >= 500
                       ? error(ErrorCode::network, "the server has an error", {})
                       : error(ErrorCode::protocol, "the response is not from a git server", {});
    }
}

}  // namespace

std::string without_final_slash(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

http::Request git_request(const Access& access, const std::string& base, std::string_view path,
                          const std::optional<std::string>& body, ProtocolVersion version) {
    http::Request request{.url = base + std::string{path}, .ca_file = access.ca_file};
    if (access.token) request.login = {"x-access-token", *access.token};
    if (version == ProtocolVersion::two) request.headers.emplace_back("Git-Protocol: version=2");
    if (body) {
        request.headers.emplace_back("Content-Type: application/x-git-upload-pack-request");
        request.headers.emplace_back("Accept: application/x-git-upload-pack-result");
        request.headers.emplace_back("Expect:");
        request.body = body;
    }
    return request;
}

bool redirects(const http::Response& answer) {
    const int status = answer.status;
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<std::string> redirected(const Access& access, const std::string& base, std::string_view path,
                               const http::Response& answer) {
    const auto location = answer.header("location").value_or("");
    std::string target{location};
    if (const auto url = Url::split(base); url && target.starts_with('/'))
        target = url->base() + target;
    if (http::origin_of(target) != http::origin_of(base) || !target.ends_with(path))
        return fail(ErrorCode::configuration,
                    fmt::format("fetch {}: the server redirects to {}", access.url,
                                printable(location, longest_explanation)),
                    "The repository has moved. If you trust the new URL, write it to the settings. "
                    "inhaul sends no token to another host.");
    return target.substr(0, target.size() - path.size());
}

bool is_git_answer(const http::Response& answer) {
    return answer.status == 200 &&
           answer.header("content-type").value_or("").starts_with("application/x-git-upload-pack-");
}

bool explains(const http::Response& answer) {
    return answer.status != 200 &&
           answer.header("content-type").value_or("").starts_with("text/plain");
}

Error not_a_git_answer(const Access& access, const http::Response& answer,
                       std::string_view explanation) {
    if (answer.status != 200) {
        auto error = refusal(access, answer.status, trimmed(explanation));
        error.retry_after = http::retry_after(answer);
        return error;
    }
    const auto type = answer.header("content-type").value_or("");
    return {ErrorCode::protocol,
            fmt::format("fetch {}: not a git repository: the response has {}", access.url,
                        type.empty() ? "no content type" : "the type " + printable(type, 80)),
            "Use the clone URL of the repository, not the URL of a web page."};
}

Error missing_branch(const std::string& url, const BranchName& branch, bool has_branches) {
    if (!has_branches)
        return {ErrorCode::not_found, fmt::format("{} is empty: nothing has been pushed yet", url),
                fmt::format("Push the branch {}.", branch.text()), false,
                ErrorReason::empty_repository};
    return {ErrorCode::not_found, fmt::format("{} has no branch {}", url, branch.text()),
            "Push it, or change `branch`.", false, ErrorReason::no_branch};
}

}  // namespace inhaul::git
