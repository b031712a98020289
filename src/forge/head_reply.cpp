// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/forge/github.hpp>
#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>

#include "reply.hpp"

namespace inhaul::forge {
namespace {

using Meaning = std::variant<NewHead, NotModified, PollError>;

Meaning found(const Reply& reply) {
    const auto commit = CommitId::parse(trimmed(reply.response.body));
    if (!commit)
        return invalid_answer(reply, fmt::format("{} did not answer with a commit ID: {}",
                                                 reply.host, printable(reply.response.body, 60)));
    if (commit == reply.request.known) return NotModified{};
    return NewHead{*commit};
}

Meaning not_modified(const Reply& reply) {
    if (reply.request.known) return NotModified{};
    return invalid_answer(
        reply, fmt::format("{} answered \"not modified\" to an unconditional request", reply.host));
}

PollError not_found(const Reply& reply) {
    // GitHub gives the same answer for a missing repository and for a missing permission.
    if (reply.authenticated)
        return poll_error(
            reply, PollErrorKind::no_access,
            "repository not found, or the token has no permission to read it",
            fmt::format(
                "Check the name of the repository, and the token in {}. A fine-grained token "
                "must include the repository, with the permission Contents: read. A "
                "classic token needs the scope repo.",
                token_file(reply)));
    return poll_error(
        reply, PollErrorKind::no_access, "repository not found, or not public",
        "Check the name of the repository. For a private repository, set auth.token_file.");
}

PollError bad_token(const Reply& reply) {
    if (!reply.authenticated)
        return poll_error(reply, PollErrorKind::login_required,
                          fmt::format("{} requires a token{}", reply.host, server_message(reply)),
                          "Set auth.token_file.");
    return poll_error(
        reply, PollErrorKind::bad_token,
        fmt::format("{} does not accept the token{}", reply.host, server_message(reply)),
        fmt::format("The token is wrong, revoked or expired. Write a valid token to {}. "
                    "inhaul then reads it again.",
                    token_file(reply)));
}

PollError unsupported_version(const Reply& reply) {
    return poll_error(reply, PollErrorKind::api_version,
                      fmt::format("{} does not support the API version 2022-11-28{}", reply.host,
                                  server_message(reply)),
                      "Update inhaul, or the GitHub Enterprise server.");
}

PollError server_error(const Reply& reply) {
    auto failing = poll_error(reply, PollErrorKind::server_error,
                              fmt::format("{} answered with the server error {}{}", reply.host,
                                          reply.response.status, request_id(reply)),
                              "Check the server's status page. inhaul retries.");
    failing.not_before = reply.limit.retry_at;
    return failing;
}

PollError redirected(const Reply& reply) {
    return invalid_answer(
        reply, reply.response.header("location")
                   ? fmt::format("{} redirects to {}; inhaul does not follow this redirect",
                                 reply.host, shown(reply, "location"))
                   : fmt::format("{} redirects without the header Location", reply.host));
}

Meaning meaning(const Reply& reply) {
    const int status = reply.response.status;
    if (http::is_redirect(status)) return redirected(reply);
    switch (status) {
        case 200:
            return found(reply);
        case 304:
            return not_modified(reply);
        case 400:
        case 410:
            return unsupported_version(reply);
        case 401:
            return bad_token(reply);
        case 403:
            return forbidden(reply);
        case 404:
            return not_found(reply);
        case 409:
            return poll_error(
                reply, PollErrorKind::empty_repository, "the repository is empty",
                fmt::format("Push a first commit to {}.", reply.request.settings.branch.text()));
        case 422:
            return poll_error(
                reply, PollErrorKind::no_branch, "no such branch",
                "Check `branch` in the settings. The branch may have been renamed or deleted.");
        case 429:
            return rate_limited(reply);
        case 451:
            return legal_block(reply);
        default:
            break;
    }
    if (status >= 500 && status <= 599) return server_error(reply);
    return invalid_answer(reply, fmt::format("{} answered with status {}", reply.host, status));
}

std::string subject_of(const HeadRequest& request) {
    auto subject =
        fmt::format("{} of {}", request.settings.branch.text(), request.settings.github->slug());
    if (request.repository_id) subject += fmt::format(" (repository {})", *request.repository_id);
    return subject;
}

}  // namespace

HeadAnswer read_head_reply(const http::Response& response, const HeadRequest& request,
                           bool authenticated, TimePoint now) {
    const auto& api = request.settings.github->api;
    const auto origin = http::origin_of(api);
    // A commit ID is no JSON and needs no parsing.
    const Reply reply{
        .response = response,
        .request = request,
        .authenticated = authenticated,
        .now = now,
        .limit = read_rate_limit(response, now),
        .host = origin ? origin->host : api,
        .subject = subject_of(request),
        .body = response.status >= 400
                    ? nlohmann::json::parse(bounded_json(response.body), nullptr, false)
                    : nlohmann::json{}};
    HeadAnswer answer{.what = meaning(reply),
                      .method = PollMethod::rest,
                      .remaining = reply.limit.remaining,
                      .window_ends = reply.limit.window_ends};
    const auto expiry = response.header("github-authentication-token-expiration");
    if (const auto time = parse_expiry(expiry.value_or("")))
        answer.token_expires = by_our_clock(*time, response, now);
    constexpr std::uint64_t longest = http::longest_server_wait.count();
    if (const auto wanted = number_in(response, "x-poll-interval"); wanted && *wanted <= longest)
        answer.poll_interval = Seconds{static_cast<std::int64_t>(*wanted)};
    return answer;
}

}  // namespace inhaul::forge
