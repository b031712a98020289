// SPDX-License-Identifier: Apache-2.0
#include "http_answer.hpp"

#include <fmt/format.h>

#include <inhaul/budget.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::git {
namespace {

constexpr std::size_t longest_explanation = 200;

/// Returns true if the answer comes from a proxy. A proxy's answer to https is no answer here.
bool is_from_proxy(const Access& access, int status) {
    return status == 407 && has_scheme(access.url, "http") && http::proxy_for(access.url);
}

/// What a status means.
struct Refusal {
    ErrorCode code;
    std::string_view what;
    std::string hint;
    ErrorReason reason = ErrorReason::none;
};

Refusal refusal_of(const Access& access, int status) {
    const auto token = fmt::format(
        "the token in {}", access.token_file ? access.token_file->string() : "auth.token_file");
    if (is_from_proxy(access, status))
        return {ErrorCode::configuration, "proxy authentication required",
                "Put the user and password into https_proxy: http://USER:PASSWORD@PROXY:PORT"};
    if (status == 401 && access.token)
        return {ErrorCode::authentication, "the server rejects the token",
                fmt::format("Replace {}. The new token needs Contents: read for this repository.",
                            token)};
    if (status == 401)
        return {ErrorCode::authentication, "authentication required",
                "Set auth.token_file to a file with a token. A missing repository gives the same "
                "error.",
                ErrorReason::login_required};
    if (status == 403)
        return {ErrorCode::authentication, "access is denied",
                access.token ? fmt::format("Give {} Contents: read for this repository.", token)
                             : "Set auth.token_file to a file with a token.",
                ErrorReason::forbidden};
    if (status == 404 || status == 410)
        return {ErrorCode::not_found, "no such repository",
                access.token ? fmt::format("Check the URL, and the permissions of {}.", token)
                             : "Check the URL. For a private repository, set auth.token_file."};
    if (status == 429)
        return {ErrorCode::network, "too many requests",
                "Increase poll.interval. inhaul waits as long as the server demands.",
                ErrorReason::rate_limited};
    if (status >= 500)
        return {ErrorCode::network, "server error", "Check the server. inhaul retries.",
                ErrorReason::server_error};
    return {ErrorCode::protocol, "the response is not from a git server",
            "Check that the URL is the clone URL of the repository."};
}

/// Returns the error for a status.
Error refusal(const Access& access, int status, std::string_view explanation) {
    const auto because = explanation.empty()
                             ? std::string{}
                             : fmt::format(": {}", printable(explanation, longest_explanation));
    auto [code, what, hint, reason] = refusal_of(access, status);
    return Error{code, fmt::format("{} ({}){}", what, status, because), std::move(hint),
                 status >= 500 || status == 429, reason}
        .within("fetch " + access.url);
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
        request.idempotent = true;  // git-upload-pack only reads
    }
    return request;
}

bool redirects(const http::Response& answer) {
    // git also follows 303 to the repository.
    return answer.status == 303 || http::is_redirect(answer.status);
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

bool lacks_service(const http::Response& answer) {
    return answer.status == 404 || answer.status == 405;
}

bool has_moved(const Access& access, const std::string& base) {
    const auto original = without_final_slash(access.url);
    return base != original && base != original + ".git";
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
        error.budget = git_budget(access.url, access.token);
        return error;
    }
    const auto type = answer.header("content-type").value_or("");
    return Error{ErrorCode::protocol,
                 fmt::format("not a git repository: the response has {}",
                             type.empty() ? "no content type" : "the type " + printable(type, 80)),
                 "Use the clone URL of the repository, not the URL of a web page."}
        .within("fetch " + access.url);
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
