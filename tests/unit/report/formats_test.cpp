// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <report/formats.hpp>
#include <report/mail.hpp>
#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::test {
namespace {

using nlohmann::json;
using report::DeliveryResult;
using report::Message;
using report::Secrets;
using Type = NotifyTarget::Type;
using Outcome = DeliveryResult::Outcome;

const TimePoint then{std::chrono::seconds{1767323045}};

NotifyTarget target_of(Type type) {
    NotifyTarget target;
    target.name = "ops";
    target.type = type;
    target.url_file = "/etc/ops.url";
    return target;
}

Secrets with_url(const std::string& url) {
    return {.url = Secret{url}, .key = {}, .token = {}};
}

Message failed() {
    ledger::Report report{.id = "0190f3c2", .app = *AppName::parse("shop")};
    report.kind = ReportKind::failed;
    report.deployment = 17;
    report.commit = commit('b');
    report.from = commit('a');
    report.summary = CommitSummary{"Ada <!channel>", "Fix & break <@U1> @channel `x`", then};
    report.cause = "probe failed";
    report.hint = "Fix it.";
    report.time = then;
    ledger::Record record{.app = report.app};
    record.outputs.push_back({"activate", "bin/migrate", "exit status 3", "one\ntwo\n```three\n"});
    return report::compose(report, record, {"web1", "scripts"}, "ops");
}

http::Request request_for(Type type, const Secrets& secrets, const Message& message) {
    const auto sent = report::dispatch_for(target_of(type), message, secrets, then);
    REQUIRE(sent);
    return std::get<http::Request>(*sent);
}

DeliveryResult after(Type type, int status, const std::string& body = {},
                     const std::string& retry_after = {}) {
    http::Response answer{.status = status, .headers = {}, .body = body};
    if (!retry_after.empty()) answer.headers.emplace_back("retry-after", retry_after);
    return report::delivery_result(type, answer, then);
}

}  // namespace

TEST_CASE("the signature is that of Standard Webhooks") {
    const auto signature = report::signature_of(
        Secret{"whsec_aW5oYXVsLXRlc3Qta2V5LTAxMjM0NTY3ODlhYmNkZWY="},
        "msg_0190f3c2a7b17e4c8f00000000000001", 1767323045,
        R"({"type":"deployment.failed","timestamp":"2026-01-02T03:04:05Z","data":{"app":"myapp"}})");
    REQUIRE(signature);
    CHECK(*signature == "v1,tNsNXiS+sRw6DZVGwz/fpmZsoNQUo+v4kipOy8pOx/k=");
    CHECK_FALSE(report::signature_of(Secret{"not base64!"}, "id", 1, "{}"));
}

TEST_CASE("a webhook gets the event, an id and a time") {
    auto secrets = with_url("https://hooks.example/x");
    secrets.key = Secret{"whsec_aW5oYXVsLXRlc3Qta2V5LTAxMjM0NTY3ODlhYmNkZWY="};
    const auto request = request_for(Type::webhook, secrets, failed());
    CHECK(request.url == "https://hooks.example/x");
    CHECK(request.headers.at(1) == "webhook-id: msg_0190f3c2_ops");
    CHECK(request.headers.at(2) == "webhook-timestamp: 1767323045");
    CHECK(request.headers.at(3).starts_with("webhook-signature: v1,"));
    const auto event = json::parse(*request.body);
    CHECK(event["type"] == "deployment.failed");
    CHECK(event["timestamp"] == "2026-01-02T03:04:05Z");
    CHECK(event["data"]["app"] == "shop");
    CHECK(event["data"]["commit"] == commit('b').hex());
    CHECK(event["data"]["from"] == commit('a').hex());
    CHECK(event["data"]["output"] == "one\ntwo\n```three");
    CHECK(event["data"]["output_of"] == "hook activate: bin/migrate");
    CHECK(event["data"]["command"] == "inhaul show 17");
}

TEST_CASE("a chat shows text of others literally, and mentions no member") {
    const auto slack = json::parse(
        *request_for(Type::slack, with_url("https://hooks.slack.com/x"), failed()).body);
    const auto text = slack["attachments"][0]["text"].get<std::string>();
    CHECK(slack["attachments"][0]["color"] == "danger");
    CHECK(text.find("Fix &amp; break &lt;@\u200bU1&gt;") != std::string::npos);
    CHECK(text.find("&lt;!channel&gt;") != std::string::npos);
    CHECK(text.find('<') == std::string::npos);
    CHECK(text.find("@channel") == std::string::npos);
    CHECK(text.find("```", 3) == text.size() - 3);  // the code block ends where it should

    const auto request = request_for(Type::discord, with_url("https://discord.com/x"), failed());
    CHECK(request.url == "https://discord.com/x?wait=true");
    const auto discord = json::parse(*request.body);
    CHECK(discord["allowed_mentions"]["parse"].empty());
    CHECK(discord["content"].get<std::string>().size() <= 2000);
}

TEST_CASE("text is cut in whole characters and below each limit") {
    CHECK(report::cut("short", 5) == "short");
    CHECK(report::cut("ääää", 7) == "ää…");
    CHECK(report::cut("ääää", 6) == "ä…");
    CHECK(report::cut("abc", 2).empty());
    auto message = failed();
    message.output.clear();
    for (int i = 0; i < 4000; ++i)
        message.output += "ä";
    for (const auto type : {Type::slack, Type::discord, Type::ntfy}) {
        const auto body = *request_for(type, with_url("https://h.example/topic"), message).body;
        CHECK_FALSE(json::parse(body, nullptr, false).is_discarded());
        CHECK(body.size() < 8'000);
    }
    const auto ntfy =
        json::parse(*request_for(Type::ntfy, with_url("https://h.example/topic"), message).body);
    CHECK(ntfy["message"].get<std::string>().size() <= 4096);
}

TEST_CASE("ntfy gets JSON at the root of its server") {
    auto secrets = with_url("https://ntfy.example/my-topic");
    secrets.token = Secret{"tk_1"};
    const auto request = request_for(Type::ntfy, secrets, failed());
    CHECK(request.url == "https://ntfy.example/");
    CHECK(request.bearer->reveal() == "tk_1");
    const auto body = json::parse(*request.body);
    CHECK(body["topic"] == "my-topic");
    CHECK(body["priority"] == 4);
    CHECK_FALSE(report::dispatch_for(target_of(Type::ntfy), failed(),
                                     with_url("https://ntfy.example/a/b"), then));
}

TEST_CASE("telegram gets plain text for one chat") {
    auto target = target_of(Type::telegram);
    target.url_file.reset();
    target.token_file = "/etc/token";
    target.chat = "-100";
    Secrets secrets{.url = {}, .key = {}, .token = Secret{"123:Abc_d-e"}};
    const auto sent = report::dispatch_for(target, failed(), secrets, then);
    REQUIRE(sent);
    const auto& request = std::get<http::Request>(*sent);
    CHECK(request.url == "https://api.telegram.org/bot123:Abc_d-e/sendMessage");
    const auto body = json::parse(*request.body);
    CHECK(body["chat_id"] == "-100");
    CHECK_FALSE(body.contains("parse_mode"));
    secrets.token = Secret{"../x"};
    const auto wrong = report::dispatch_for(target, failed(), secrets, then);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.find("../x") == std::string::npos);
}

TEST_CASE("a ping reports success, or the cause") {
    const auto ping = [](const std::string& url, const std::string& bad) {
        return report::ping_for(target_of(Type::ping), with_url(url), bad).value();
    };
    CHECK(ping("https://hc-ping.com/uuid", "").url == "https://hc-ping.com/uuid");
    CHECK(ping("https://hc-ping.com/key/slug?create=1", "shop: failed").url ==
          "https://hc-ping.com/key/slug/fail?create=1");
    CHECK(ping("https://hc-ping.com/uuid", "shop: failed").body == "shop: failed");
    CHECK(ping("https://kuma.example/api/push/T?status=up&msg=OK&ping=", "").url ==
          "https://kuma.example/api/push/T?status=up&msg=OK");
    CHECK(ping("https://kuma.example/api/push/T", "a b").url ==
          "https://kuma.example/api/push/T?status=down&msg=a%20b");
}

TEST_CASE("no message repeats a URL of the wrong form") {
    for (const auto* const url :
         {"http://hooks.example/SECRET", "SECRET", "https://a:SECRET@h/x", "https://h/x#SECRET"}) {
        const auto sent =
            report::dispatch_for(target_of(Type::slack), failed(), with_url(url), then);
        REQUIRE_FALSE(sent);
        CHECK(sent.error().message.find("SECRET") == std::string::npos);
        CHECK(sent.error().code == ErrorCode::configuration);
    }
}

TEST_CASE("a mail has the headers of a report by a program") {
    auto target = target_of(Type::email);
    target.url_file.reset();
    target.to = {"a@example.com", "b@example.com"};
    target.from = "inhaul@example.com";
    auto message = failed();
    const auto text = report::mail_text(target, message, then);
    CHECK(
        text.starts_with("From: inhaul@example.com\r\nTo: a@example.com,\r\n b@example.com\r\n"
                         "Subject: web1: shop: deployment 17 failed\r\n"
                         "Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
                         "Message-ID: <msg_0190f3c2_ops@example.com>\r\n"
                         "Auto-Submitted: auto-generated\r\n"));
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
        CHECK(text[at - 1] == '\r');
    message.title = "wéb: " + std::string(60, 'x');
    message.subject = "ünder";
    const auto encoded = report::mail_text(target, message, then);
    CHECK(encoded.find("Subject: =?UTF-8?B?") != std::string::npos);
    CHECK(encoded.find("Content-Transfer-Encoding: base64") != std::string::npos);
    CHECK(report::header_line("Subject", "a\r\nBcc: x").find("\r\nBcc") == std::string::npos);

    const auto sent = report::dispatch_for(target, message, {}, then);
    REQUIRE(sent);
    const auto& program = std::get<report::Program>(*sent);
    CHECK(program.argv == std::vector<std::string>{"/usr/sbin/sendmail", "-t", "-i"});
    CHECK(program.input.find('\r') == std::string::npos);
}

TEST_CASE("each answer of a target has its meaning") {
    for (const auto status : {200, 201, 204})
        CHECK(after(Type::webhook, status).what == Outcome::sent);
    for (const auto status : {301, 302, 307, 400, 401, 403, 404, 413, 422})
        CHECK(after(Type::webhook, status).what == Outcome::never);
    for (const auto type : {Type::webhook, Type::slack, Type::discord})
        CHECK(after(type, 410).what == Outcome::gone);
    for (const auto type : {Type::ntfy, Type::telegram, Type::ping})
        CHECK(after(type, 410).what == Outcome::never);
    for (const auto status : {408, 425, 429, 500, 502, 503, 504})
        CHECK(after(Type::webhook, status).what == Outcome::later);
    CHECK(after(Type::slack, 200, "ok").what == Outcome::sent);
    CHECK(after(Type::slack, 200, R"({"success":true})").what == Outcome::sent);
    CHECK(after(Type::slack, 200, R"({"ok":false,"error":"x"})").what == Outcome::later);
    CHECK(after(Type::slack, 200, "<html>login</html>").what == Outcome::later);
    CHECK(after(Type::telegram, 200, R"({"ok":true,"result":{}})").what == Outcome::sent);
    CHECK(after(Type::telegram, 200, "").what == Outcome::later);
    CHECK(after(Type::discord, 204).what == Outcome::sent);
    CHECK(after(Type::discord, 200, R"({"id":"1"})").what == Outcome::sent);
    CHECK(after(Type::ntfy, 200, R"({"id":"1"})").what == Outcome::sent);
    CHECK(after(Type::ntfy, 200, "<html>").what == Outcome::later);
    CHECK(after(Type::ping, 200, "OK").what == Outcome::sent);
    CHECK(after(Type::ping, 200, R"({"ok":false})").what == Outcome::later);
    CHECK(report::delivery_result(Type::webhook,
                                  Result<http::Response>{fail(ErrorCode::timeout, "late")}, then)
              .what == Outcome::later);
}

TEST_CASE("each form of Retry-After is read") {
    CHECK(after(Type::webhook, 429, "", "7").wait == std::chrono::seconds{7});
    CHECK(after(Type::webhook, 503, "", "Fri, 02 Jan 2026 03:05:05 GMT").wait ==
          std::chrono::seconds{60});
    CHECK(after(Type::telegram, 429, R"({"ok":false,"parameters":{"retry_after":9}})").wait ==
          std::chrono::seconds{9});
    CHECK(after(Type::discord, 429, R"({"retry_after":1.5})").wait == Milliseconds{1500});
    CHECK_FALSE(after(Type::webhook, 429, "", "soon").wait);
    CHECK_FALSE(after(Type::discord, 429, R"({"retry_after":"x"})").wait);
}

TEST_CASE("Retry-After is by the target's clock, since this host's clock may be wrong") {
    const http::Response busy{.status = 503,
                              .headers = {{"retry-after", "Sat, 01 Jan 2000 00:01:00 GMT"},
                                          {"date", "Sat, 01 Jan 2000 00:00:00 GMT"}},
                              .body = {}};
    CHECK(report::delivery_result(Type::webhook, busy, then).wait == std::chrono::seconds{60});
}

TEST_CASE("errors of a mail program and a mail server are temporary or permanent") {
    const auto exited = [](int status) {
        return report::delivery_result(Type::email,
                                       report::ProgramResult{status, "exit status", ""}, {})
            .what;
    };
    CHECK(exited(0) == Outcome::sent);
    for (const auto status : {64, 65, 66, 67, 78})
        CHECK(exited(status) == Outcome::never);
    for (const auto status : {1, 69, 75, -1})
        CHECK(exited(status) == Outcome::later);
    CHECK(report::delivery_result(mail::Reply{250, true, ""}).what == Outcome::sent);
    CHECK(report::delivery_result(mail::Reply{451, false, "x"}).what == Outcome::later);
    CHECK(report::delivery_result(mail::Reply{550, false, "x"}).what == Outcome::never);
    CHECK(report::delivery_result(mail::Reply{0, false, "refused"}).what == Outcome::later);
    CHECK(report::delivery_result(mail::Reply{250, false, "no STARTTLS"}).what == Outcome::later);
}

TEST_CASE("a program that the sandbox stops is reported with the hint") {
    const std::string unit{"inhaul@scripts.service"};
    const auto said = [](Type type, const std::string& output, report::Confinement confinement) {
        const auto result = report::delivery_result(
            type, report::ProgramResult{1, "exit status 1", output}, confinement);
        CHECK(result.what == Outcome::later);
        return result.message;
    };
    const std::string exim{"Failed to create spool file /x: Permission denied\nand again"};
    const auto expected = fmt::format(
        "a setuid or setgid mail program does not work in {} (NoNewPrivileges=): {}: exit status 1",
        unit, report::mail_hint);
    CHECK(said(Type::email, exim, {unit, true}) ==
          expected + ": Failed to create spool file /x: Permission denied and again");
    CHECK(said(Type::email, "", {unit, true}) == expected);
    // Postfix: the program that its sendmail runs is setgid.
    CHECK(said(Type::email, "postdrop: warning: create file: Permission denied", {unit, false})
              .starts_with(expected));
    CHECK(said(Type::email, "no route", {unit, false}) == "exit status 1: no route");
    CHECK(said(Type::email, "Permission denied", {"", true}) == "exit status 1: Permission denied");
    CHECK(said(Type::command, "touch: '/data/x/y': Read-only file system", {unit, false})
              .ends_with("add ReadWritePaths=/data/x under [Service], and restart the unit"));
    CHECK(said(Type::command, "sudo: The \"no new privileges\" flag is set", {unit, false})
              .ends_with("a unit that runs as root"));
    CHECK(report::delivery_result(Type::email, report::ProgramResult{67, "exit status 67", ""},
                                  {unit, true})
              .what == Outcome::never);
}

}  // namespace inhaul::test
