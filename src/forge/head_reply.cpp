#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/forge/github.hpp>
#include <inhaul/util/text.hpp>

#include "rate_limit.hpp"

namespace inhaul::forge {
namespace {

using nlohmann::json;

/// GitHub's least wait where a secondary limit names no time.
constexpr Seconds secondary_wait{60};

/// A reply, the question it is for, and the words that sentences about it are made of.
struct Reply {
    const http::Response& response;
    const HeadQuestion& question;
    bool authenticated;
    TimePoint now;
    RateLimit limit;
    std::string host;
    std::string subject;  ///< main of octo/app
    json body;            ///< discarded when it is no JSON
};

std::string text_in(const json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return {};
    return printable(found->get_ref<const std::string&>(), 200);
}

std::string shown(const Reply& reply, std::string_view header) {
    return printable(reply.response.header(header).value_or(""), 300);
}

/// `: Bad credentials`, GitHub's own words, when there are any.
std::string said(const Reply& reply) {
    auto words = text_in(reply.body, "message");
    while (words.ends_with('.'))
        words.pop_back();
    return words.empty() ? words : ": " + words;
}

/// ` (request 7C1A:…)`, by which GitHub's support finds it.
std::string request_id(const Reply& reply) {
    const auto id = shown(reply, "x-github-request-id");
    return id.empty() ? id : fmt::format(" (request {})", id);
}

std::string token_file(const Reply& reply) {
    const auto& file = reply.question.settings.token_file;
    return file ? file->string() : std::string{"the token file"};
}

CannotTell trouble(const Reply& reply, Trouble kind, std::string_view message,
                   std::string hint = {}) {
    return {.trouble = kind,
            .message = fmt::format("{}: {}", reply.subject, message),
            .hint = std::move(hint)};
}

CannotTell nonsense(const Reply& reply, std::string_view what) {
    return trouble(reply, Trouble::nonsense, fmt::format("{}{}", what, request_id(reply)),
                   fmt::format("Check that {} is a GitHub API and not a proxy or a log-in page.",
                               reply.question.settings.github->api));
}

using Meaning = std::variant<NewHead, Unmoved, CannotTell>;

Meaning found(const Reply& reply) {
    const auto commit = CommitId::parse(trimmed(reply.response.body));
    if (!commit)
        return nonsense(reply, fmt::format("{} answered something that is no commit name: {}",
                                           reply.host, printable(reply.response.body, 60)));
    if (commit == reply.question.known) return Unmoved{};
    return NewHead{*commit};
}

Meaning not_modified(const Reply& reply) {
    if (reply.question.known) return Unmoved{};
    return nonsense(reply, fmt::format("{} answered \"not modified\" to a question without a "
                                       "condition",
                                       reply.host));
}

CannotTell not_found(const Reply& reply) {
    std::string hint =
        "GitHub answers the same for a repository that does not exist and for one "
        "that the asker may not see. ";
    if (reply.authenticated)
        hint +=
            "Check the name; a fine-grained token needs this repository selected and the "
            "permission Contents: read, a classic one the scope repo.";
    else
        hint +=
            "Check the name; an anonymous question sees only public repositories, so a private "
            "one needs auth.token_file.";
    return trouble(reply, Trouble::no_access,
                   reply.authenticated ? "repository not found, or the token may not see it"
                                       : "repository not found, or not public",
                   std::move(hint));
}

CannotTell bad_token(const Reply& reply) {
    if (!reply.authenticated)
        return trouble(reply, Trouble::bad_token,
                       fmt::format("{} wants a token{}", reply.host, said(reply)),
                       "Set auth.token_file.");
    return trouble(reply, Trouble::bad_token,
                   fmt::format("{} does not accept the token{}", reply.host, said(reply)),
                   fmt::format("The token is wrong, revoked or expired. Write a valid one into {}; "
                               "it is read again by itself.",
                               token_file(reply)));
}

/// The URL in `required; url=https://…`, when it is one to be shown.
std::string sso_url(const Reply& reply) {
    const auto value = shown(reply, "x-github-sso");
    const auto at = value.find("url=https://");
    if (at == std::string::npos) return {};
    const auto url = value.substr(at + 4);
    return url.substr(0, url.find_first_of("; ,"));
}

CannotTell sso_required(const Reply& reply) {
    const auto url = sso_url(reply);
    return trouble(reply, Trouble::sso_required,
                   "the organization wants the token authorized for single sign-on",
                   url.empty()
                       ? "Authorize the token for the organization in its settings on "
                         "GitHub (Configure SSO)."
                       : fmt::format("Authorize the token at {} (open it within the hour).", url));
}

CannotTell legal_block(const Reply& reply) {
    const auto block = reply.body.is_object() ? reply.body.value("block", json{}) : json{};
    const auto reason = text_in(block, "reason");
    const auto url = text_in(block, "html_url");
    return trouble(reply, Trouble::legal_block,
                   fmt::format("GitHub has blocked the repository: {}",
                               reason.empty() ? "no reason given" : reason),
                   url.empty() ? "Ask GitHub's support for the notice."
                               : fmt::format("The notice is at {}.", url));
}

std::string budget_hint(const Reply& reply) {
    if (reply.authenticated)
        return "All tokens of one account share its limit: use an account that other programs do "
               "not use up, or a longer poll.interval.";
    return "Set auth.token_file: a token is allowed 5000 requests an hour, an address without one "
           "60.";
}

CannotTell rate_limited(const Reply& reply) {
    const bool used_up = reply.limit.remaining == 0U && reply.limit.window_ends;
    auto until = reply.now + secondary_wait;
    if (reply.limit.retry_at)
        until = *reply.limit.retry_at;
    else if (used_up)
        until = *reply.limit.window_ends;
    auto limited = trouble(
        reply, Trouble::rate_limited,
        fmt::format("{} until {}",
                    used_up ? fmt::format("the rate limit of {} is used up", reply.host)
                            : fmt::format("{} asks to be left alone for a while", reply.host),
                    format_utc(until)),
        budget_hint(reply));
    limited.not_before = until;
    return limited;
}

bool is_rate_limit(const Reply& reply) {
    if (reply.response.status == 429 || reply.response.header("retry-after")) return true;
    if (reply.limit.remaining == 0U) return true;
    auto words = text_in(reply.body, "message");
    std::transform(words.begin(), words.end(), words.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return words.find("rate limit") != std::string::npos ||
           words.find("abuse detection") != std::string::npos;
}

CannotTell forbidden(const Reply& reply) {
    if (reply.response.header("x-github-sso")) return sso_required(reply);
    if (is_rate_limit(reply)) return rate_limited(reply);
    if (reply.body.is_object() && reply.body.contains("block")) return legal_block(reply);
    const auto wanted = shown(reply, "x-accepted-github-permissions");
    return trouble(reply, Trouble::forbidden,
                   fmt::format("{} forbids it{}", reply.host, said(reply)),
                   wanted.empty() ? "Check the token's permissions (Contents: read), and the "
                                    "organization's rules for tokens and IP addresses."
                                  : fmt::format("The token needs the permission {}.", wanted));
}

CannotTell api_version(const Reply& reply) {
    return trouble(
        reply, Trouble::api_version,
        fmt::format("{} does not take the API version 2022-11-28{}", reply.host, said(reply)),
        "A newer inhaul may speak a newer version; a GitHub Enterprise server may need "
        "an update.");
}

CannotTell server_error(const Reply& reply) {
    auto failing = trouble(reply, Trouble::server_error,
                           fmt::format("{} has trouble of its own: status {}{}", reply.host,
                                       reply.response.status, request_id(reply)));
    failing.not_before = reply.limit.retry_at;
    return failing;
}

CannotTell redirected(const Reply& reply) {
    return nonsense(reply, fmt::format("{} redirects to {}, which is not followed", reply.host,
                                       reply.response.header("location") ? shown(reply, "location")
                                                                         : "nowhere"));
}

Meaning meaning(const Reply& reply) {
    const int status = reply.response.status;
    switch (status) {
        case 200:
            return found(reply);
        case 304:
            return not_modified(reply);
        case 301:
        case 302:
        case 307:
        case 308:
            return redirected(reply);
        case 400:
        case 410:
            return api_version(reply);
        case 401:
            return bad_token(reply);
        case 403:
            return forbidden(reply);
        case 404:
            return not_found(reply);
        case 409:
            return trouble(
                reply, Trouble::empty_repository, "the repository is empty",
                fmt::format("Push a first commit to {}.", reply.question.settings.branch.text()));
        case 422:
            return trouble(reply, Trouble::no_branch, "there is no such branch",
                           "Check `branch` in the settings, and whether the branch was renamed or "
                           "deleted.");
        case 429:
            return rate_limited(reply);
        case 451:
            return legal_block(reply);
        default:
            break;
    }
    if (status >= 500 && status <= 599) return server_error(reply);
    return nonsense(reply, fmt::format("{} answered with status {}", reply.host, status));
}

std::string subject_of(const HeadQuestion& question) {
    auto subject =
        fmt::format("{} of {}", question.settings.branch.text(), question.settings.github->slug());
    if (question.repository_id) subject += fmt::format(" (repository {})", *question.repository_id);
    return subject;
}

}  // namespace

HeadAnswer read_head_reply(const http::Response& response, const HeadQuestion& question,
                           bool authenticated, TimePoint now) {
    const auto& api = question.settings.github->api;
    const auto origin = http::origin_of(api);
    // A commit's name is no JSON and needs no parsing.
    const Reply reply{
        .response = response,
        .question = question,
        .authenticated = authenticated,
        .now = now,
        .limit = read_rate_limit(response, now),
        .host = origin ? origin->host : api,
        .subject = subject_of(question),
        .body = response.status >= 400 ? json::parse(response.body, nullptr, false) : json{}};
    HeadAnswer answer{.what = meaning(reply),
                      .remaining = reply.limit.remaining,
                      .window_ends = reply.limit.window_ends};
    if (const auto expiry = response.header("github-authentication-token-expiration"))
        answer.token_expires = parse_expiry(*expiry);
    if (const auto wanted = number_in(response, "x-poll-interval"); wanted && *wanted <= 86'400)
        answer.poll_interval = Seconds{static_cast<std::int64_t>(*wanted)};
    return answer;
}

}  // namespace inhaul::forge
