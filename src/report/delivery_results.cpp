// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/text.hpp>

#include "formats.hpp"

namespace inhaul::report {
namespace {

using nlohmann::json;
using Type = NotifyTarget::Type;
using Outcome = DeliveryResult::Outcome;

constexpr std::size_t shown_of_answer = 200;

bool is_true(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}
bool is_false(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && !found->get<bool>();
}

/// Returns true if the body of a successful answer confirms the message. A proxy or a login page
/// may answer with 200 as well.
bool confirms(Type type, const http::Response& answer, const json& body) {
    switch (type) {
        case Type::telegram:
            return body.is_object() && is_true(body, "ok");
        case Type::ntfy:
        case Type::discord:
            return answer.status == 204 || (body.is_object() && body.contains("id"));
        case Type::slack:
            return trimmed(answer.body) == "ok" || answer.body.empty() ||
                   (body.is_object() && !is_false(body, "ok") && !is_false(body, "success"));
        case Type::ping:
            return !(body.is_object() && is_false(body, "ok"));
        default:
            return true;
    }
}

std::optional<Milliseconds> wait_of(const http::Response& answer, const json& body, TimePoint now) {
    if (const auto wait = http::retry_after(answer, now)) return *wait;
    if (!body.is_object()) return std::nullopt;
    // Telegram: parameters.retry_after in seconds. Discord: retry_after in seconds, with decimals.
    const auto parameters = body.find("parameters");
    const auto& from = parameters != body.end() && parameters->is_object() ? *parameters : body;
    const auto seconds = from.find("retry_after");
    if (seconds == from.end() || !seconds->is_number()) return std::nullopt;
    constexpr std::chrono::duration<double> longest{http::longest_server_wait};
    const auto wait = std::clamp(seconds->get<double>(), 0.0, longest.count());
    return Milliseconds{static_cast<std::int64_t>(wait * 1000)};
}

/// Standard Webhooks: the receiver accepts no further message. Slack and Discord: the webhook was
/// deleted.
bool is_gone(Type type, int status) {
    return status == 410 && (type == Type::webhook || type == Type::slack || type == Type::discord);
}

/// Only these are to be repeated:
/// https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
bool may_pass_at_collector(int status) {
    return status == 429 || (status >= 502 && status <= 504);
}

/// Returns the reason of a collector that confirms the request but rejects some of its data.
std::string rejected_by_collector(const json& body) {
    if (!body.is_object()) return {};
    const auto partial = body.find("partialSuccess");
    if (partial == body.end() || !partial->is_object()) return {};
    const auto message = partial->find("errorMessage");
    return message != partial->end() && message->is_string() ? message->get<std::string>()
                                                             : std::string{};
}

bool may_pass(Type type, int status) {
    if (type == Type::otlp) return may_pass_at_collector(status);
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

/// Postfix's sendmail is an ordinary program, but it runs a program that is setgid. A program that
/// ends with a status of sysexits(3) has done its work. An example is msmtp, which Debian makes
/// setgid.
bool lacks_privileges(const ProgramResult& end, const Confinement& confinement) {
    constexpr int first = 64;
    constexpr int last = 78;
    if (confinement.unit.empty()) return false;
    if (end.output.find("ermission denied") != std::string::npos) return true;
    return confinement.set_id && (end.status < first || end.status > last);
}

/// Without the full stop: others add to it.
std::string sandbox_hint(const ProgramResult& end, const Confinement& confinement) {
    auto hint = sandbox::hint(end.output, confinement.unit);
    if (hint.ends_with('.')) hint.pop_back();
    return hint;
}

/// sysexits(3): an error in the message or the configuration does not pass by itself.
bool is_permanent(int status) {
    return (status >= 64 && status <= 67) || status == 78;
}

}  // namespace

DeliveryResult delivery_result(Type type, const Result<http::Response>& answer, TimePoint now) {
    if (!answer) return {Outcome::later, answer.error().message, {}};
    const auto body = json::parse(bounded_json(trimmed(answer->body)), nullptr, false);
    auto message = fmt::format("HTTP status {}", answer->status);
    if (const auto text = printable(trimmed(answer->body), shown_of_answer); !text.empty())
        message += ": " + text;
    if (answer->status >= 200 && answer->status < 300) {
        if (type == Type::otlp)
            if (const auto why = rejected_by_collector(body); !why.empty())
                return {Outcome::never, "the collector rejected it: " + printable(why), {}};
        if (confirms(type, *answer, body)) return {Outcome::sent, std::move(message), {}};
        return {Outcome::later, "the answer is not a confirmation: " + message, {}};
    }
    if (is_gone(type, answer->status)) return {Outcome::gone, std::move(message), {}};
    if (!may_pass(type, answer->status)) return {Outcome::never, std::move(message), {}};
    return {Outcome::later, std::move(message), wait_of(*answer, body, now)};
}

DeliveryResult delivery_result(Type type, const Result<ProgramResult>& end,
                               const Confinement& confinement) {
    if (!end) return {Outcome::later, end.error().message, {}};
    if (end->status == 0) return {Outcome::sent, end->what, {}};
    auto message = end->what;
    std::string line{trimmed(end->output)};
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (const auto text = printable(line, shown_of_answer); !text.empty()) message += ": " + text;
    if (type == Type::email && lacks_privileges(*end, confinement))
        return {Outcome::later,
                fmt::format("a setuid or setgid mail program does not work in {} "
                            "(NoNewPrivileges=): {}: {}",
                            confinement.unit, mail_hint, message),
                {}};
    if (const auto hint = sandbox_hint(*end, confinement); !hint.empty())
        message += fmt::format(". {}", hint);
    const bool never = type == Type::email && is_permanent(end->status);
    return {never ? Outcome::never : Outcome::later, std::move(message), {}};
}

DeliveryResult delivery_result(const Result<mail::Reply>& end) {
    if (!end) return {Outcome::later, end.error().message, {}};
    if (end->sent) return {Outcome::sent, fmt::format("the server answered {}", end->code), {}};
    const bool never = end->code >= 500 && end->code < 600;
    return {never ? Outcome::never : Outcome::later, end->what, {}};
}

}  // namespace inhaul::report
