// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "reply.hpp"

namespace inhaul::forge {
namespace {

/// The URL in `required; url=https://…`, when it is one to be shown.
std::string sso_url(const Reply& reply) {
    const auto value = shown(reply, "x-github-sso");
    const auto at = value.find("url=https://");
    if (at == std::string::npos) return {};
    const auto url = value.substr(at + 4);
    return url.substr(0, url.find_first_of("; ,"));
}

PollError sso_required(const Reply& reply) {
    const auto url = sso_url(reply);
    return poll_error(
        reply, PollErrorKind::sso_required,
        "the organization requires a token authorized for single sign-on",
        url.empty() ? fmt::format("Authorize the token in {} for the organization in its settings "
                                  "on GitHub (Configure SSO).",
                                  token_file(reply))
                    : fmt::format("Authorize the token in {} at {} (open it within the hour).",
                                  token_file(reply), url));
}

std::string budget_hint(const Reply& reply) {
    if (reply.authenticated)
        return "All tokens of a GitHub account share one limit. Increase poll.interval, or use a "
               "token of a separate GitHub account.";
    return "Set auth.token_file. GitHub allows 5000 requests an hour with a token, and 60 without.";
}

}  // namespace

PollError legal_block(const Reply& reply) {
    const auto block =
        reply.body.is_object() ? reply.body.value("block", nlohmann::json{}) : nlohmann::json{};
    const auto reason = words_in(block, "reason");
    const auto url = words_in(block, "html_url");
    return poll_error(reply, PollErrorKind::legal_block,
                      fmt::format("GitHub has blocked the repository: {}",
                                  reason.empty() ? "no reason given" : reason),
                      url.empty() ? "Ask GitHub for the reason (https://support.github.com)."
                                  : fmt::format("Read the notice ({}).", url));
}

PollError rate_limited(const Reply& reply) {
    const bool used_up = reply.limit.remaining == 0U && reply.limit.window_ends;
    const auto until = refused_until(reply.limit, reply.now);
    auto limited =
        poll_error(reply, PollErrorKind::rate_limited,
                   fmt::format("{} until {}",
                               used_up ? fmt::format("the rate limit of {} is used up", reply.host)
                                       : fmt::format("{} refuses requests", reply.host),
                               format_utc(until)),
                   budget_hint(reply));
    limited.not_before = until;
    return limited;
}

PollError forbidden(const Reply& reply) {
    if (reply.response.header("x-github-sso")) return sso_required(reply);
    if (is_rate_limit(reply.response, reply.limit, words_in(reply.body, "message")))
        return rate_limited(reply);
    if (reply.body.is_object() && reply.body.contains("block")) return legal_block(reply);
    const auto wanted = shown(reply, "x-accepted-github-permissions");
    const auto token = reply.authenticated ? "the token in " + token_file(reply)
                                           : std::string{"the token (auth.token_file)"};
    return poll_error(
        reply, PollErrorKind::forbidden,
        fmt::format("{} forbids the request{}", reply.host, server_message(reply)),
        wanted.empty()
            ? fmt::format("Check the permissions of {} (Contents: read), and the organization's "
                          "rules for tokens and IP addresses.",
                          token)
            : fmt::format("Give {} the permission {}.", token, wanted));
}

}  // namespace inhaul::forge
