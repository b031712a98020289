// SPDX-License-Identifier: Apache-2.0
#include "formats.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/hmac.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>
#include <inhaul/version.hpp>

#include "mail.hpp"

namespace inhaul::report {
namespace {

using nlohmann::json;
using Type = NotifyTarget::Type;

// In bytes, below the limits of the services, which are in characters.
constexpr std::size_t slack_limit = 2'800;
constexpr std::size_t discord_limit = 1'900;
constexpr std::size_t ntfy_limit = 3'500;
constexpr std::size_t telegram_limit = 3'900;
constexpr std::size_t title_limit = 200;
constexpr std::size_t answer_limit = 16 * 1024;

std::string dumped(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The URL may be a secret: no message contains it.
Result<std::string> url_of(const NotifyTarget& target, const Secrets& secrets) {
    const std::string text = secrets.url ? secrets.url->reveal() : target.url.value_or("");
    const auto url = Url::parse(text);
    const auto where = target.url_file ? target.url_file->string() : std::string{"url"};
    if (!url || url->fragment)
        return fail(ErrorCode::configuration, fmt::format("{}: not a URL", where),
                    "Write the URL on a single line.");
    if (!url->is_encrypted_or_local())
        return fail(ErrorCode::configuration,
                    fmt::format("{}: the URL of {} is not https", where, printable(url->host)),
                    "inhaul would send data unencrypted. Write https://.");
    if (url->user)
        return fail(ErrorCode::configuration,
                    fmt::format("{}: the URL contains a user name", where), "Remove it.");
    return text;
}

http::Request post(const NotifyTarget& target, std::string url, std::string body) {
    http::Request request{.url = std::move(url)};
    request.headers = {"Content-Type: application/json"};
    request.body = std::move(body);
    request.idempotent = target.type == NotifyTarget::Type::otlp;  // identifiers and totals
    request.ca_file = target.ca_file;
    request.limits.connect = std::min(request.limits.connect, target.deadline);
    request.limits.total = target.deadline;
    request.limits.body = answer_limit;
    return request;
}

/// Neutralises the names that a chat would notify: `@channel`. A zero-width space separates them.
std::string without_mentions(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c;
        if (c == '@') out += "\u200b";
    }
    return out;
}

std::string replaced(std::string text, char from, std::string_view to) {
    std::string out;
    for (const char c : text)
        c == from ? out += to : out += c;
    return out;
}

/// The control characters of Slack: https://docs.slack.dev/messaging/formatting-message-text
std::string slack_escaped(std::string_view text) {
    auto out = replaced(without_mentions(text), '&', "&amp;");
    out = replaced(std::move(out), '<', "&lt;");
    return replaced(std::move(out), '>', "&gt;");
}

/// Markdown shows the text of a code block as it is.
std::string code_block(const std::string& text) {
    return "```\n" + replaced(text, '`', "'") + "\n```";
}

std::string slack_body(const Message& message) {
    const auto title = slack_escaped(cut(message.title, title_limit));
    const auto* const color = message.bad ? "danger" : message.good ? "good" : "#888888";
    // Escaping makes it longer.
    auto text = slack_escaped(plain_text(message, slack_limit / 2));
    return dumped(
        {{"text", title},
         {"attachments",
          json::array({{{"color", color}, {"fallback", title}, {"text", code_block(text)}}})}});
}

std::string discord_body(const Message& message) {
    const auto title = without_mentions(cut(message.title, title_limit));
    return dumped(
        {{"content", fmt::format("{}\n{}", replaced(title, '`', "'"),
                                 code_block(plain_text(message, discord_limit - 2 * title_limit)))},
         {"allowed_mentions", {{"parse", json::array()}}}});
}

Result<http::Request> ntfy_request(const NotifyTarget& target, const Message& message,
                                   const Secrets& secrets) {
    const auto url = *Url::parse(TRY(url_of(target, secrets)));
    const auto topic = url.path.empty() ? std::string{} : url.path.substr(1);
    if (topic.empty() || topic.find('/') != std::string::npos || url.query)
        return fail(ErrorCode::configuration, "the URL names no topic of ntfy",
                    "Write the URL of the topic: https://ntfy.sh/TOPIC");
    constexpr int high = 4;
    constexpr int normal = 3;
    const auto* const tag = message.bad ? "rotating_light" : "white_check_mark";
    json body{{"topic", topic},
              {"title", cut(message.title, title_limit)},
              {"message", plain_text(message, ntfy_limit)},
              {"priority", message.bad ? high : normal}};
    if (message.bad || message.good) body["tags"] = json::array({tag});
    auto request = post(target, url.base() + "/", dumped(body));
    request.bearer = secrets.token;
    return request;
}

Result<http::Request> telegram_request(const NotifyTarget& target, const Message& message,
                                       const Secrets& secrets) {
    const auto& token = secrets.token->reveal();
    if (!is_alphanumeric(token, ":_-"))
        return fail(ErrorCode::configuration,
                    fmt::format("{}: not a token of a bot", target.token_file->string()),
                    "Write the token that @BotFather shows on a single line.");
    auto base = target.url ? TRY(url_of(target, secrets)) : std::string{"https://api.telegram.org"};
    while (base.ends_with('/'))
        base.pop_back();
    return post(target, fmt::format("{}/bot{}/sendMessage", base, token),
                dumped({{"chat_id", target.chat},
                        {"text", fmt::format("{}\n{}", cut(message.title, title_limit),
                                             plain_text(message, telegram_limit - title_limit))},
                        {"link_preview_options", {{"is_disabled", true}}}}));
}

Result<http::Request> webhook_request(const NotifyTarget& target, const Message& message,
                                      const Secrets& secrets, TimePoint now) {
    auto request = post(target, TRY(url_of(target, secrets)), json_of(message));
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    request.headers.push_back("webhook-id: " + message.id);
    request.headers.push_back(fmt::format("webhook-timestamp: {}", seconds));
    if (secrets.key)
        request.headers.push_back(
            "webhook-signature: " +
            TRY(signature_of(*secrets.key, message.id, seconds, *request.body)));
    return request;
}

Dispatch mail_dispatch(const NotifyTarget& target, const Message& message, const Secrets& secrets,
                       TimePoint now) {
    auto text = mail_text(target, message, now);
    if (!target.url) {
        // A mail program expects the line ends of this host.
        return Program{.argv = mail_command(target),
                       .input = replaced(std::move(text), '\r', ""),
                       .deadline = target.deadline};
    }
    mail::Message mail{.url = *target.url,
                       .ca_file = target.ca_file,
                       .from = target.from,
                       .to = target.to,
                       .text = std::move(text),
                       .deadline = target.deadline};
    if (secrets.token) mail.login = http::Login{target.user, *secrets.token};
    return mail;
}

}  // namespace

std::vector<std::string> mail_command(const NotifyTarget& target) {
    if (!target.command.empty()) return target.command;
    return {"/usr/sbin/sendmail", "-t", "-i"};
}

Result<std::string> signature_of(const Secret& secret, const std::string& id,
                                 std::int64_t timestamp, const std::string& body) {
    constexpr std::string_view prefix{"whsec_"};
    std::string_view text = secret.reveal();
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    auto key = from_base64(text);
    if (!key || key->empty())
        return fail(ErrorCode::configuration, "the secret is not `whsec_` and base64",
                    "To generate a secret, run: echo whsec_$(openssl rand -base64 32)");
    const auto digest =
        hmac_sha256(Secret{std::move(*key)}, fmt::format("{}.{}.{}", id, timestamp, body));
    return "v1," + to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string json_of(const Message& message) {
    json data{{"host", message.origin.host}, {"account", message.origin.account}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) data[key] = value;
    };
    add("app", message.app);
    if (message.deployment) data["deployment"] = *message.deployment;
    add("commit", message.commit);
    add("from", message.from);
    add("subject", message.subject);
    add("author", message.author);
    add("cause", message.cause);
    add("hint", message.hint);
    add("output", message.output);
    add("output_of", message.output_name);
    add("command", message.command);
    add("title", message.title);
    return dumped({{"type", message.type},
                   {"id", message.id},
                   {"timestamp", format_utc(message.time)},
                   {"data", std::move(data)}});
}

Result<http::Request> otlp_request(const NotifyTarget& target, const Secrets& secrets,
                                   std::string_view signal, std::string body) {
    auto url = TRY(url_of(target, secrets));
    while (url.ends_with('/'))
        url.pop_back();
    auto request = post(target, fmt::format("{}/v1/{}", url, signal), std::move(body));
    request.bearer = secrets.token;
    return request;
}

Result<Dispatch> dispatch_for(const NotifyTarget& target, const Message& message,
                              const Secrets& secrets, TimePoint now) {
    switch (target.type) {
        case Type::webhook:
            return Dispatch{TRY(webhook_request(target, message, secrets, now))};
        case Type::slack:
            return Dispatch{post(target, TRY(url_of(target, secrets)), slack_body(message))};
        case Type::discord: {
            // Without `wait`, Discord confirms messages that it does not save.
            auto url = TRY(url_of(target, secrets));
            url += url.find('?') == std::string::npos ? "?wait=true" : "&wait=true";
            return Dispatch{post(target, std::move(url), discord_body(message))};
        }
        case Type::ntfy:
            return Dispatch{TRY(ntfy_request(target, message, secrets))};
        case Type::telegram:
            return Dispatch{TRY(telegram_request(target, message, secrets))};
        case Type::email:
            return mail_dispatch(target, message, secrets, now);
        case Type::ping:
            return Dispatch{TRY(ping_for(target, secrets, message.cause))};
        case Type::command:
            return Dispatch{Program{
                .argv = target.command,
                .input = json_of(message) + "\n",
                .environment = {{"INHAUL_EVENT", message.type}, {"INHAUL_APP", message.app}},
                .deadline = target.deadline}};
        case Type::otlp:
            return Dispatch{TRY(
                otlp_request(target, secrets, "traces", publish::otlp_trace(trace_of(message))))};
        case Type::github:
            break;
    }
    return fail(ErrorCode::internal, "unknown type of target");
}

publish::Trace trace_of(const Message& message) {
    publish::Trace trace{.version = std::string{version},
                         .host = message.origin.host,
                         .account = message.origin.account,
                         .app = message.app,
                         .deployment = message.deployment.value_or(0),
                         .event = message.type,
                         .from = message.from,
                         .to = message.commit,
                         .cause = message.cause};
    if (message.good || message.bad) trace.succeeded = message.good;
    for (const auto& step : message.steps)
        trace.states.push_back({step.state, step.entered});
    return trace;
}

Result<http::Request> ping_for(const NotifyTarget& target, const Secrets& secrets,
                               const std::string& bad) {
    constexpr std::size_t longest = 1'000;
    auto url = *Url::parse(TRY(url_of(target, secrets)));
    const auto text = cut(bad, longest);
    if (url.path.find("/api/push/") != std::string::npos) {  // Uptime Kuma
        url.query = bad.empty() ? std::string{"status=up&msg=OK"}
                                : "status=down&msg=" + http::percent_encode(text);
        auto request = post(target, url.text(), {});
        request.body.reset();
        return request;
    }
    if (!bad.empty()) url.path += url.path.ends_with('/') ? "fail" : "/fail";
    auto request = post(target, url.text(), text);
    request.headers = {"Content-Type: text/plain; charset=utf-8"};
    return request;
}

}  // namespace inhaul::report
