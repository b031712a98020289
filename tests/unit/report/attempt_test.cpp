// SPDX-License-Identifier: Apache-2.0
#include <report/attempt.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

namespace inhaul::test {
namespace {

/// Answers each request at once, with the same body.
struct EchoTransport final : report::Transport {
    std::string body;

    void request(http::Request /*request*/,
                 std::function<void(Result<http::Response>)> done) override {
        done(http::Response{.status = 500, .headers = {}, .body = body});
    }
    void run(report::Program /*program*/,
             std::function<void(Result<report::ProgramResult>)> done) override {
        done(report::ProgramResult{0, "exit status 0", ""});
    }
    void mail(mail::Message /*message*/, std::function<void(Result<mail::Reply>)> done) override {
        done(mail::Reply{250, true, ""});
    }
};

std::string message_after(const std::string& body,
                          const std::string& url = "https://hooks.example/a/b") {
    EchoTransport transport;
    transport.body = body;
    const FakeClock clock;
    const report::Secrets secrets{.url = Secret{url}, .key = {}, .token = Secret{"to/ken"}};
    std::string message;
    report::attempt(transport, {.type = NotifyTarget::Type::slack},
                    report::test_message({"web1", "scripts"}, "ops", "1", clock.now()), secrets,
                    clock.now(), clock,
                    [&](const report::DeliveryResult& result) { message = result.message; });
    return message;
}

}  // namespace

TEST_CASE("an answer that repeats the request reveals no secret") {
    for (const auto* const secret :
         {"https://hooks.example/a/b", "/a/b", "to/ken", R"(https:\/\/hooks.example\/a\/b)",
          R"(\/a\/b)", R"(to\/ken)"}) {
        CAPTURE(secret);
        CHECK(message_after("x " + std::string{secret} + " y") == "HTTP status 500: x *** y");
    }
}

TEST_CASE("an answer that repeats the query of a secret URL reveals no secret") {
    const std::string url{"https://hooks.example/a?id=1&key=open/sesame"};
    for (const auto* const secret :
         {"https://hooks.example/a?id=1&key=open/sesame", "/a?id=1&key=open/sesame",
          R"(/a?id=1\u0026key=open/sesame)", "/a?id=1&amp;key=open/sesame", "open/sesame",
          R"(open\/sesame)"}) {
        CAPTURE(secret);
        const auto message = message_after("x " + std::string{secret} + " y", url);
        CHECK(message.find("sesame") == std::string::npos);
        CHECK(message.starts_with("HTTP status 500: x "));
        CHECK(message.ends_with(" y"));
    }
}

}  // namespace inhaul::test
