// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <inhaul/report/mail_child.hpp>
#include <inhaul/util/text.hpp>

#include <report/attempt.hpp>
#include <util/smtp_replies.hpp>

#include "fuzzing.hpp"
#include "support/fake_clock.hpp"

// The input is an answer of a target of notifications. The first line has a byte for the type, and
// the status. The next lines are Retry-After and Date. The rest is the body, which is also the
// output of a program, a mail server and the child that sends a mail.

using namespace inhaul;

namespace {

using report::DeliveryResult;
using Outcome = DeliveryResult::Outcome;
using Type = NotifyTarget::Type;

constexpr std::array types{Type::webhook, Type::slack, Type::discord, Type::ntfy, Type::telegram,
                           Type::email,   Type::ping,  Type::command, Type::otlp};
constexpr std::string_view secret_url{"https://hooks.example.com/T0/B0?id=1&key=open-sesame"};
constexpr std::string_view secret_rest{"/T0/B0?id=1&key=open-sesame"};
constexpr std::string_view secret_query{"open-sesame"};
constexpr std::string_view secret_key{"whsec_c2VzYW1l"};
constexpr std::string_view secret_token{"123:se-same"};

const report::Secrets& secrets() {
    static const report::Secrets all{.url = Secret{std::string{secret_url}},
                                     .key = Secret{std::string{secret_key}},
                                     .token = Secret{std::string{secret_token}}};
    return all;
}

struct Answer {
    Type type = Type::webhook;
    http::Response response;
};

Answer answer_from(std::string_view input) {
    Answer answer;
    auto first = fuzz::take_line(input);
    answer.type = types.at(fuzz::take_byte(first) % types.size());
    for (const char c : first.substr(0, 3))
        answer.response.status = answer.response.status * 10 + (is_digit(c) ? c - '0' : 0);
    for (const auto* const name : {"retry-after", "date"})
        answer.response.headers.emplace_back(name, fuzz::take_line(input));
    answer.response.body = fuzz::nested(input);
    return answer;
}

/// Answers each attempt at once.
class AnsweringTransport final : public report::Transport {
public:
    explicit AnsweringTransport(const http::Response& answer) : answer_(answer) {}

    void request(http::Request /*request*/,
                 std::function<void(Result<http::Response>)> done) override {
        done(answer_);
    }
    void run(report::Program /*program*/,
             std::function<void(Result<report::ProgramResult>)> done) override {
        done(report::ProgramResult{answer_.status % 256, "exit status", answer_.body});
    }
    void mail(mail::Message /*message*/, std::function<void(Result<mail::Reply>)> done) override {
        done(report::parse_reply(answer_.body));
    }

private:
    const http::Response& answer_;
};

NotifyTarget target_of(Type type, bool over_smtp) {
    NotifyTarget target;
    target.name = "ops";
    target.type = type;
    target.token_file = "/etc/inhaul/ops.token";
    target.to = {"ada@example.com"};
    target.from = "inhaul@example.com";
    if (type == Type::command) target.command = {"/usr/bin/true"};
    if (over_smtp) target.url = "smtp://127.0.0.1:25";
    return target;
}

DeliveryResult attempt(const Answer& answer, bool over_smtp) {
    const test::FakeClock clock;
    AnsweringTransport transport{answer.response};
    std::optional<DeliveryResult> end;
    auto hidden = secrets();
    // The URL of a mail server is no secret.
    if (answer.type == Type::email) hidden.url.reset();
    report::attempt(transport, target_of(answer.type, over_smtp),
                    report::test_message({"web1", "scripts"}, "ops", "1", clock.now()), hidden,
                    clock.now(), clock, [&](DeliveryResult result) { end = std::move(result); });
    fuzz::require(end.has_value(), "each attempt ends");
    return *end;
}

void check_result(const DeliveryResult& result) {
    fuzz::require_readable(result.message);
    fuzz::require(!result.wait || (*result.wait >= Milliseconds{0} &&
                                   *result.wait <= http::longest_server_wait),
                  "a target asks for a wait of at most a day");
    fuzz::require(!result.wait || result.what == Outcome::later,
                  "only a failed attempt has a wait");
    fuzz::require(result.what != Outcome::more && !result.limited,
                  "only GitHub needs further requests");
}

/// Servers escape these characters in JSON or HTML.
std::string without_escapes(std::string text) {
    constexpr std::array<std::pair<std::string_view, char>, 3> escapes{
        {{"\\/", '/'}, {"\\u0026", '&'}, {"&amp;", '&'}}};
    for (const auto& [escape, character] : escapes)
        for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape, at + 1))
            text.replace(at, escape.size(), 1, character);
    return text;
}

void check_secrets(const DeliveryResult& result, Type type) {
    const auto message = without_escapes(result.message);
    for (const auto secret : {secret_url, secret_rest, secret_query, secret_key, secret_token}) {
        if (type == Type::email && secret != secret_key && secret != secret_token) continue;
        fuzz::require(message.find(secret) == std::string::npos,
                      "the result of an attempt contains no secret");
    }
}

void check_http(const Answer& answer, const DeliveryResult& result) {
    const auto status = answer.response.status;
    fuzz::require(result.what != Outcome::sent || status / 100 == 2,
                  "only a successful status confirms a message");
    fuzz::require(result.what != Outcome::gone || status == 410, "only status 410 ends a webhook");
    for (const int busy : {429, 502, 503, 504})
        fuzz::require(status != busy || result.what == Outcome::later,
                      "a message to a busy target is sent again later");
    const bool answers_with_json = answer.type == Type::telegram || answer.type == Type::ntfy ||
                                   answer.type == Type::discord || answer.type == Type::slack;
    if (answers_with_json && status != 204 && trimmed(answer.response.body).starts_with('<'))
        fuzz::require(result.what != Outcome::sent, "a login page does not confirm a message");
}

void check_attempts(const Answer& answer) {
    for (const bool over_smtp : {false, true}) {
        if (over_smtp && answer.type != Type::email) continue;
        const auto result = attempt(answer, over_smtp);
        check_result(result);
        check_secrets(result, answer.type);
        if (answer.type != Type::email && answer.type != Type::command) check_http(answer, result);
        const auto again = attempt(answer, over_smtp);
        fuzz::require(again.what == result.what && again.message == result.message &&
                          again.wait == result.wait,
                      "the same answer has the same result");
    }
}

/// Checks a program that fails in the sandbox of the agent's unit.
void check_confined(const Answer& answer) {
    const report::ProgramResult end{answer.response.status % 256, "exit status",
                                    answer.response.body};
    for (const bool set_id : {false, true}) {
        const auto result = report::delivery_result(
            answer.type, end, {.unit = "inhaul@scripts.service", .set_id = set_id});
        check_result(result);
        fuzz::require((result.what == Outcome::sent) == (end.status == 0),
                      "only the exit status 0 confirms a message");
    }
}

void check_mail_child(const std::string& text) {
    if (const auto reply = report::parse_reply(text)) {
        fuzz::require(reply->code >= 0 && reply->code <= 999, "a reply has a code of SMTP");
        if (!reply->sent) fuzz::require_readable(reply->what);
        const auto again = report::parse_reply(report::format_reply(*reply));
        fuzz::require(again && again->code == reply->code && again->sent == reply->sent &&
                          again->what == reply->what,
                      "a reply reads back as the same");
    } else {
        fuzz::require_readable(reply.error());
    }
    const auto mail = report::parse_message(text);
    if (!mail) return fuzz::require_readable(mail.error());
    fuzz::require(!mail->url.empty() && !mail->to.empty() && mail->deadline.count() > 0,
                  "a mail has a server, a receiver and a deadline");
    const auto again = report::parse_message(report::format_message(*mail));
    fuzz::require(again && again->url == mail->url && again->from == mail->from &&
                      again->to == mail->to && again->text == mail->text &&
                      again->deadline == mail->deadline && again->ca_file == mail->ca_file &&
                      again->login.has_value() == mail->login.has_value(),
                  "a mail reads back as the same");
}

void check_smtp(std::string_view text) {
    mail::SmtpReplies replies;
    bool login = false;
    bool refusal = false;
    while (!text.empty()) {
        const auto line = fuzz::take_line(text);
        replies.add(line);
        login = login || line.starts_with("235");
        refusal = refusal || line.starts_with('4') || line.starts_with('5');
    }
    fuzz::require(replies.logged_in == login, "a login needs the reply 235");
    fuzz::require(replies.refusal.empty() || refusal, "a refusal is a reply from 400 on");
    if (!replies.refusal.empty()) fuzz::require_readable(replies.refusal);
}

}  // namespace

void fuzz::run(std::string_view input) {
    const auto answer = answer_from(input);
    check_attempts(answer);
    check_confined(answer);
    check_mail_child(answer.response.body);
    check_smtp(answer.response.body);
}
