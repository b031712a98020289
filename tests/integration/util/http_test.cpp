// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/http.hpp>

#include "support/catch.hpp"
#include "support/standin.hpp"

using namespace inhaul;
using test::ContainsSubstring;

namespace {

/// Short, for tests of missing answers.
constexpr http::Limits short_limits{.connect = Milliseconds{300}, .total = Milliseconds{300}};

struct Fixture {
    Fixture() {
        standin.control({{"do", "repository"},
                         {"name", "octo/app"},
                         {"branches", {{"main", std::string(40, 'a')}}}});
    }
    [[nodiscard]] http::Request request(http::Limits limits = {}) const {
        return {.url = standin.api + "/repos/octo/app/commits/heads%2Fmain",
                .headers = {"Accept: application/vnd.github.sha"},
                .limits = limits};
    }
    void fault(const std::string& kind) const {
        standin.control({{"do", "fault"}, {"kind", kind}, {"interval", 0.05}});
    }
    void poll_until_requested() { poll_until_requested(client); }
    void poll_until_requested(http::Client& other) const {
        std::vector<http::Waited> none;
        while (standin.requests().empty())
            other.poll(none, Milliseconds{50});
    }
    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(standin.port); }

    test::StandIn standin;
    http::Client client{"inhaul-test/1"};
};

/// Polls until `done`. Returns the number of wake-ups.
int poll_until(http::Client& client, const bool& done) {
    std::vector<http::Waited> none;
    int wakes = 0;
    while (!done && client.running() > 0) {
        client.poll(none, Milliseconds{20'000});
        ++wakes;
    }
    return wakes;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an answer has its status, its headers in lower case, and its body") {
    const auto answer = fetch(client, request());
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == std::string(40, 'a'));
    CHECK(answer->header("etag") == "\"" + std::string(40, 'a') + "\"");
    CHECK(answer->http_version == 11);
    CHECK(answer->bytes_sent > 80);
    CHECK(answer->bytes_received > answer->body.size());
}

TEST_CASE_METHOD(Fixture, "a request has a user agent and no needless headers") {
    REQUIRE(fetch(client, request()));
    const auto headers = standin.requests().at(0)["headers"];
    CHECK(headers["user-agent"] == "inhaul-test/1");
    CHECK(headers["accept"] == "application/vnd.github.sha");
    CHECK_FALSE(headers.contains("accept-encoding"));
    CHECK(standin.requests().at(0)["token"] == "none");
}

TEST_CASE_METHOD(Fixture, "a token is sent as bearer, and only with its own request") {
    standin.control({{"do", "token"}, {"token", "s3cret"}});
    auto with_token = request();
    with_token.bearer = Secret{"s3cret"};
    REQUIRE(fetch(client, with_token)->status == 200);
    REQUIRE(fetch(client, request())->status == 200);
    CHECK(standin.requests().at(0)["token"] == "known");
    CHECK(standin.requests().at(1)["token"] == "none");
}

TEST_CASE_METHOD(Fixture, "the second request uses the connection of the first") {
    for (int i = 0; i < 3; ++i)
        REQUIRE(fetch(client, request()));
    CHECK(standin.requests().at(2)["connection"] == 1);
}

TEST_CASE_METHOD(Fixture,
                 "a POST is sent once, also if an open connection ends without an answer") {
    for (const bool idempotent : {false, true}) {
        CAPTURE(idempotent);
        REQUIRE(fetch(client, request()));
        const auto before = standin.requests().size();
        fault("close");
        auto post = request();
        post.body = "{}";
        post.idempotent = idempotent;
        CHECK(fetch(client, post).has_value() == idempotent);
        CHECK(standin.requests().size() == before + (idempotent ? 2 : 1));
    }
}

TEST_CASE_METHOD(Fixture, "a redirect is an answer, and is not followed") {
    standin.control(
        {{"do", "fault"}, {"kind", "redirect"}, {"location", "http://127.0.0.1:1/elsewhere"}});
    const auto answer = fetch(client, request());
    REQUIRE(answer);
    CHECK(answer->status == 301);
    CHECK(answer->header("location") == "http://127.0.0.1:1/elsewhere");
    CHECK(standin.requests().size() == 1);
}

TEST_CASE_METHOD(Fixture, "each fault has its code and its message, and the next request works") {
    struct Row {
        const char* fault;
        ErrorCode code;
        bool transient;
        const char* sentence;
    };
    const auto row = GENERATE(values<Row>({
        {"hang", ErrorCode::timeout, true, "no answer within 300 ms"},
        {"stall_headers", ErrorCode::timeout, true, "no answer within 300 ms"},
        {"stall_body", ErrorCode::timeout, true, "not complete after 300 ms"},
        {"drip", ErrorCode::timeout, true, "no answer within 300 ms"},
        {"close", ErrorCode::network, true, "connection closed without an answer"},
        {"reset", ErrorCode::network, true, "connection lost"},
        {"cut_headers", ErrorCode::network, true, "connection lost"},
        {"cut_body", ErrorCode::network, true, "connection lost"},
        {"garbage", ErrorCode::protocol, false, "the answer is not HTTP"},
        {"huge_body", ErrorCode::protocol, false, "the answer is larger than 65536 bytes"},
        {"endless_headers", ErrorCode::protocol, false, "header lines are larger than 65536 bytes"},
        {"endless_header_line", ErrorCode::protocol, false, "header line"},
    }));
    CAPTURE(row.fault);
    fault(row.fault);
    const bool waits = row.code == ErrorCode::timeout;
    const auto answer = fetch(client, request(waits ? short_limits : http::Limits{}));
    REQUIRE_FALSE(answer);
    CHECK(to_string(answer.error().code) == to_string(row.code));
    CHECK(answer.error().transient == row.transient);
    CHECK_THAT(answer.error().message,
               ContainsSubstring(row.sentence) && ContainsSubstring(host()));
    const auto next = fetch(client, request());
    REQUIRE(next);
    CHECK(next->status == 200);
}

TEST_CASE_METHOD(Fixture, "only the header lines of the final answer count") {
    fault("interim_and_trailers");
    const auto answer = fetch(client, request());
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == std::string(40, 'a'));
    CHECK(answer->header("etag"));
    CHECK_FALSE(answer->header("x-interim"));
    CHECK_FALSE(answer->header("x-trailer"));
}

TEST_CASE_METHOD(Fixture, "a waiting transfer causes no wake-up before its limit") {
    fault("hang");
    bool done = false;
    client.start(request(short_limits), [&](const auto& result) { done = !result; });
    CHECK(poll_until(client, done) < 12);
    CHECK(done);
}

TEST_CASE_METHOD(Fixture, "a transfer that hangs does not block others") {
    fault("hang");
    bool hung_ended = false;
    bool others_answered = false;
    int answers = 0;
    client.start(request(), [&](const auto& answer) { hung_ended = !answer; });
    poll_until_requested();
    for (int i = 0; i < 3; ++i)
        client.start(request(), [&](const auto& answer) {
            CHECK(answer);
            others_answered = ++answers == 3;
        });
    CHECK(client.running() == 4);
    poll_until(client, others_answered);
    CHECK(others_answered);
    CHECK(client.running() == 1);
    standin.release();
    poll_until(client, hung_ended);
    CHECK(hung_ended);
    CHECK(client.running() == 0);
}

TEST_CASE_METHOD(Fixture, "the callback of an answer or an error may send the next request") {
    fault("close");
    bool done = false;
    client.start(request(), [&](const auto& first) {
        CHECK_FALSE(first);
        client.start(request(), [&](const auto& second) {
            CHECK(second);
            done = true;
        });
    });
    poll_until(client, done);
    CHECK(done);
}

TEST_CASE_METHOD(Fixture, "a destroyed client cancels its transfers without callbacks") {
    fault("hang");
    bool called = false;
    {
        http::Client short_lived{"inhaul-test/1"};
        short_lived.start(request(), [&](const auto&) { called = true; });
        poll_until_requested(short_lived);
    }
    CHECK_FALSE(called);
}

TEST_CASE("a closed port is an error with the system's reason") {
    test::forget_environment();
    http::Client client{"inhaul-test/1"};
    const auto answer = fetch(client, {.url = "http://127.0.0.1:1/"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::network);
    CHECK(answer.error().transient);
    CHECK(answer.error().message == "connect to 127.0.0.1:1: Connection refused");
}

TEST_CASE("a forbidden request is not sent, and its error has the reason") {
    test::forget_environment();
    struct Row {
        const char* url;
        const char* token;
        ErrorCode code;
    };
    const auto row = GENERATE(values<Row>({
        {"ftp://127.0.0.1/", "t", ErrorCode::configuration},
        {"file:///etc/passwd", "t", ErrorCode::configuration},
        {"not a url", "t", ErrorCode::configuration},
        {"https://127.0.0.1:1/", "two\r\nX-Injected: lines", ErrorCode::configuration},
        {"https://127.0.0.1:1/", "two words", ErrorCode::configuration},
        {"https://127.0.0.1:1/", "", ErrorCode::configuration},
        {"http://192.0.2.1/", "t", ErrorCode::refused},
        {"http://127.0.0.1.example/", "t", ErrorCode::refused},
        {"http://user:password@127.0.0.1:1/", "t", ErrorCode::configuration},
    }));
    CAPTURE(row.url, row.token);
    http::Client client{"inhaul-test/1"};
    bool called = false;
    client.start({.url = row.url, .bearer = Secret{row.token}}, [&](const auto& answer) {
        called = true;
        REQUIRE_FALSE(answer);
        CHECK(to_string(answer.error().code) == to_string(row.code));
        CHECK(answer.error().message.find("password") == std::string::npos);
    });
    CHECK_FALSE(called);  // only from within poll(), like each answer
    poll_until(client, called);
    CHECK(called);
}

TEST_CASE("a deferred action runs in the next poll without a wait") {
    http::Client client{"inhaul-test/1"};
    int runs = 0;
    client.defer([&] {
        ++runs;
        client.defer([&] { runs += 10; });
    });
    std::vector<http::Waited> none;
    client.poll(none, Milliseconds::max());
    CHECK(runs == 1);
    client.poll(none, Milliseconds::max());
    CHECK(runs == 11);
}

TEST_CASE("a readable or closed descriptor ends the wait and is ready") {
    http::Client client{"inhaul-test/1"};
    int ends[2];
    int others[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::pipe(others) == 0);
    const FileDescriptor read_end{ends[0]};
    FileDescriptor write_end{ends[1]};
    const FileDescriptor silent{others[0]};
    const FileDescriptor silent_writer{others[1]};
    std::vector<http::Waited> waited{{.descriptor = silent.get()}, {.descriptor = read_end.get()}};

    REQUIRE(::write(write_end.get(), "x", 1) == 1);
    client.poll(waited, Milliseconds::max());
    CHECK(waited[1].ready);
    CHECK_FALSE(waited[0].ready);

    char byte = 0;
    REQUIRE(::read(read_end.get(), &byte, 1) == 1);
    client.poll(waited, Milliseconds{0});
    CHECK_FALSE(waited[1].ready);

    write_end = {};
    client.poll(waited, Milliseconds::max());
    CHECK(waited[1].ready);
}
