// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/github.hpp>

#include "request.hpp"
#include "support/catch.hpp"

using namespace inhaul;
using forge::HeadRequest;
using forge::read_head_reply;
using test::ContainsSubstring;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr TimePoint now{Seconds{1'795'000'000}};

HeadAnswer read(const http::Response& response, bool authenticated = true, bool conditional = true,
                const std::string& branch = "main") {
    const auto app = test::settings(branch);
    HeadRequest request{app, {}, {}};
    if (conditional) request.known = test::commit(test::known_hex);
    return read_head_reply(response, request, authenticated, now);
}

PollError poll_error(const http::Response& response, bool authenticated = true) {
    const auto answer = read(response, authenticated);
    REQUIRE(std::holds_alternative<PollError>(answer.what));
    return std::get<PollError>(answer.what);
}

http::Response reply(int status, std::string body = {}, Headers headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

std::string message(const std::string& text) {
    return R"({"message":")" + text + R"(","documentation_url":"https://docs.github.com"})";
}

}  // namespace

TEST_CASE("200 with a commit is a new head, or not modified if the commit is known") {
    CHECK(std::get<NewHead>(read(reply(200, test::other_hex)).what).commit.hex() ==
          test::other_hex);
    CHECK(std::get<NewHead>(read(reply(200, test::other_hex + "\n")).what).commit.hex() ==
          test::other_hex);
    CHECK(std::holds_alternative<NotModified>(read(reply(200, test::known_hex)).what));
    const std::string sha256(64, 'd');
    CHECK(std::get<NewHead>(read(reply(200, sha256)).what).commit.hex() == sha256);
}

TEST_CASE("304 is not modified, but only for a conditional request") {
    CHECK(std::holds_alternative<NotModified>(read(reply(304)).what));
    const auto answer = read(reply(304), true, false);
    REQUIRE(std::holds_alternative<PollError>(answer.what));
    CHECK(std::get<PollError>(answer.what).kind == PollErrorKind::invalid_answer);
}

TEST_CASE("each status has its own poll error with a message that names branch and repository") {
    struct Row {
        int status;
        const char* said;
        PollErrorKind kind;
        const char* sentence;
    };
    const auto row = GENERATE(values<Row>({
        {400, "API version 2022-11-28 is not supported.", PollErrorKind::api_version,
         "API version"},
        {401, "Bad credentials", PollErrorKind::bad_token,
         "does not accept the token: Bad credentials"},
        {403, "Resource not accessible", PollErrorKind::forbidden,
         "forbids the request: Resource not accessible"},
        {404, "Not Found", PollErrorKind::no_access, "not found, or the token has no permission"},
        {409, "Git Repository is empty.", PollErrorKind::empty_repository,
         "the repository is empty"},
        {410, "gone", PollErrorKind::api_version, "API version"},
        {422, "No commit found for SHA: heads/main", PollErrorKind::no_branch, "no such branch"},
        {429, "slow down", PollErrorKind::rate_limited, "refuses requests until"},
        {451, "Repository access blocked", PollErrorKind::legal_block, "blocked"},
        {500, "", PollErrorKind::server_error, "server error 500"},
        {502, "Bad Gateway", PollErrorKind::server_error, "server error 502"},
        {503, "", PollErrorKind::server_error, "server error 503"},
        {504, "", PollErrorKind::server_error, "server error 504"},
    }));
    CAPTURE(row.status);
    // With GitHub's JSON, without a body, and with a proxy's page instead of it.
    const auto full = poll_error(reply(row.status, message(row.said)));
    CHECK(full.kind == row.kind);
    CHECK_THAT(full.message,
               ContainsSubstring(row.sentence) && ContainsSubstring("main of octo/app"));
    CHECK_FALSE(full.message.ends_with('.'));
    for (const auto* body : {"", "<html>error</html>", "{\"message\":", "[[[[", "\xFF\xFE"}) {
        const auto bare = poll_error(reply(row.status, body));
        CHECK(bare.kind == row.kind);
        CHECK_THAT(bare.message, ContainsSubstring("main of octo/app"));
    }
}

TEST_CASE("every poll error that an operator can fix has a hint") {
    for (const int status : {400, 401, 403, 404, 409, 410, 422, 429, 451}) {
        CAPTURE(status);
        CHECK_THAT(poll_error(reply(status)).hint, Catch::Matchers::EndsWith("."));
    }
}

TEST_CASE("a status that GitHub does not document is an invalid answer, never up to date") {
    for (const int status :
         {0, 100, 201, 202, 204, 206, 300, 303, 305, 402, 405, 406, 408, 418, 421, 499, 600, 999}) {
        CAPTURE(status);
        const auto answer = poll_error(reply(status, test::known_hex));
        CHECK(answer.kind == PollErrorKind::invalid_answer);
        CHECK_THAT(answer.message, ContainsSubstring(std::to_string(status)));
    }
}

TEST_CASE("200 without a commit is an invalid answer and quoted in one safe line") {
    const std::string log_in_page =
        "<html>\n<title>Log in \x1b[31m</title>" + std::string(500, 'x');
    for (const auto& body :
         {std::string{}, std::string(39, 'a'), std::string(41, 'a'), std::string(40, 'g'),
          test::known_hex + " " + test::other_hex, R"({"sha":")" + test::other_hex + "\"}",
          log_in_page, std::string("\0\0\0", 3)}) {
        const auto answer = poll_error(reply(200, body));
        CHECK(answer.kind == PollErrorKind::invalid_answer);
        CHECK(answer.message.find('\n') == std::string::npos);
        CHECK(answer.message.find('\x1b') == std::string::npos);
        CHECK(answer.message.size() < 400);
    }
}

TEST_CASE("the message for a redirect contains its target") {
    for (const int status : {301, 302, 307, 308}) {
        const auto answer =
            poll_error(reply(status, {}, {{"location", "https://evil.example/repositories/1"}}));
        CHECK(answer.kind == PollErrorKind::invalid_answer);
        CHECK_THAT(answer.message,
                   ContainsSubstring("evil.example") && ContainsSubstring("does not follow"));
    }
    CHECK_THAT(poll_error(reply(301)).message, ContainsSubstring("without the header Location"));
}

TEST_CASE("404 has the causes of a missing repository, and the settings that help") {
    const auto with_token = poll_error(reply(404, message("Not Found")), true);
    CHECK_THAT(with_token.message, ContainsSubstring("no permission"));
    CHECK_THAT(with_token.hint, ContainsSubstring("Contents: read"));
    const auto anonymous = poll_error(reply(404, message("Not Found")), false);
    CHECK_THAT(anonymous.message, ContainsSubstring("not public"));
    CHECK_THAT(anonymous.hint, ContainsSubstring("auth.token_file"));
}

TEST_CASE("the hint for a bad token names its file; without a token, the message requires one") {
    CHECK_THAT(poll_error(reply(401), true).hint, ContainsSubstring("/etc/inhaul/token"));
    CHECK_THAT(poll_error(reply(401), false).message, ContainsSubstring("requires a token"));
}

TEST_CASE("403 with X-GitHub-SSO shows where the token is authorized") {
    const auto url = "https://github.com/orgs/octo/sso?authorization_request=ABC";
    const auto answer =
        poll_error(reply(403, message("Resource protected by organization SAML enforcement."),
                         {{"x-github-sso", std::string{"required; url="} + url}}));
    CHECK(answer.kind == PollErrorKind::sso_required);
    CHECK_THAT(answer.hint, ContainsSubstring(url));
    const auto without = poll_error(reply(403, {}, {{"x-github-sso", "partial-results"}}));
    CHECK(without.kind == PollErrorKind::sso_required);
    CHECK_FALSE(without.hint.empty());
    const auto strange =
        poll_error(reply(403, {}, {{"x-github-sso", "required; url=javascript:alert(1)"}}));
    CHECK(strange.hint.find("javascript") == std::string::npos);
}

TEST_CASE("403 prints the permissions that GitHub would have accepted") {
    CHECK_THAT(poll_error(reply(403, message("Resource not accessible by personal access token"),
                                {{"x-accepted-github-permissions", "contents=read"}}))
                   .hint,
               ContainsSubstring("contents=read"));
}

TEST_CASE("451 gives the block's reason and notice, and a terms-of-service block comes with 403") {
    const std::string block =
        R"({"message":"Repository access blocked","block":{"reason":"dmca",)"
        R"("created_at":"2026-01-01","html_url":"https://github.com/github/dmca/x.md"}})";
    for (const int status : {451, 403}) {
        const auto answer = poll_error(reply(status, block));
        CHECK(answer.kind == PollErrorKind::legal_block);
        CHECK_THAT(answer.message, ContainsSubstring("dmca"));
        CHECK_THAT(answer.hint, ContainsSubstring("https://github.com/github/dmca/x.md"));
    }
    for (const auto* odd : {R"({"block":null})", R"({"block":[1]})", R"({"block":{"reason":5}})"})
        CHECK(poll_error(reply(451, odd)).kind == PollErrorKind::legal_block);
}

TEST_CASE("an exhausted primary limit causes a wait until the window ends") {
    const auto reset = std::to_string((now + Seconds{1800}).time_since_epoch() / Seconds{1});
    for (const int status : {403, 429}) {
        const auto answer =
            poll_error(reply(status, message("API rate limit exceeded"),
                             {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset}}),
                       false);
        CHECK(answer.kind == PollErrorKind::rate_limited);
        CHECK(answer.not_before == now + Seconds{1800});
        CHECK_THAT(answer.message, ContainsSubstring("used up") &&
                                       ContainsSubstring(format_utc(now + Seconds{1800})));
        CHECK_THAT(answer.hint, ContainsSubstring("auth.token_file"));
    }
}

TEST_CASE("Retry-After is obeyed in both forms and before the window's end") {
    const auto far = std::to_string((now + Seconds{3000}).time_since_epoch() / Seconds{1});
    const Headers spent{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", far}};
    auto seconds = spent;
    seconds.emplace_back("retry-after", "75");
    CHECK(poll_error(reply(403, {}, seconds)).not_before == now + Seconds{75});
    // 1'795'000'000 is Wed, 18 Nov 2026 11:06:40 GMT.
    CHECK(
        poll_error(reply(429, {}, {{"retry-after", "Wed, 18 Nov 2026 11:08:00 GMT"}})).not_before ==
        now + Seconds{80});
}

TEST_CASE("a secondary limit without a time causes a wait of a minute") {
    const auto said = message("You have exceeded a secondary rate limit. Please wait.");
    const auto answer = poll_error(reply(403, said, {{"x-ratelimit-remaining", "4000"}}));
    CHECK(answer.kind == PollErrorKind::rate_limited);
    CHECK(answer.not_before == now + Seconds{60});
    CHECK(poll_error(reply(429)).not_before == now + Seconds{60});
    CHECK(poll_error(reply(403, {}, {{"retry-after", "garbage"}})).not_before == now + Seconds{60});
}

TEST_CASE("times are relative to the server's clock, not to this host's") {
    // The server's clock is ten minutes ahead: 11:16:40.
    const auto theirs = now + Seconds{600};
    const auto reset = std::to_string((theirs + Seconds{100}).time_since_epoch() / Seconds{1});
    const Headers headers{{"date", "Wed, 18 Nov 2026 11:16:40 GMT"},
                          {"x-ratelimit-remaining", "0"},
                          {"x-ratelimit-reset", reset}};
    CHECK(poll_error(reply(403, {}, headers)).not_before == now + Seconds{100});
    CHECK(poll_error(reply(403, {},
                           {{"date", "Wed, 18 Nov 2026 11:16:40 GMT"},
                            {"retry-after", "Wed, 18 Nov 2026 11:16:45 GMT"}}))
              .not_before == now + Seconds{5});
}

TEST_CASE("a host with a wrong clock waits as long as the server wants") {
    const auto app = test::settings();
    for (const auto wrong : {std::chrono::hours{24}, std::chrono::hours{24 * 3650},
                             -std::chrono::hours{24}, -std::chrono::hours{24 * 3650}}) {
        const auto theirs = TimePoint{Seconds{1'795'000'000}};
        const auto ours = theirs + wrong;
        const auto date = std::string{"Wed, 18 Nov 2026 11:06:40 GMT"};
        const auto checked = [&](const Headers& headers, int status) {
            return read_head_reply(reply(status, {}, headers), {app, {}, {}}, true, ours);
        };
        const auto limited =
            checked({{"date", date},
                     {"x-ratelimit-remaining", "0"},
                     {"x-ratelimit-reset", std::to_string(1'795'000'000 + 100)},
                     {"github-authentication-token-expiration", "2026-11-20 11:06:40 UTC"}},
                    403);
        CHECK(std::get<PollError>(limited.what).not_before == ours + Seconds{100});
        CHECK(limited.token_expires == ours + std::chrono::hours{48});
        const auto busy =
            checked({{"date", date}, {"retry-after", "Wed, 18 Nov 2026 11:06:50 GMT"}}, 429);
        CHECK(std::get<PollError>(busy.what).not_before == ours + Seconds{10});
    }
}

TEST_CASE("no server can delay polls for more than a day, or to a time in the past") {
    CHECK(poll_error(reply(429, {}, {{"retry-after", "99999999999999999999"}})).not_before ==
          now + std::chrono::hours{24});
    for (const auto* reset : {"99999999999", "1", "0"}) {
        const auto until =
            poll_error(
                reply(403, {}, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset}}))
                .not_before;
        REQUIRE(until);
        CHECK(*until >= now);
        CHECK(*until <= now + std::chrono::hours{24});
    }
    // A Date of another year has no effect.
    CHECK(poll_error(reply(403, {},
                           {{"date", "Thu, 01 Jan 1970 00:00:10 GMT"},
                            {"x-ratelimit-remaining", "0"},
                            {"x-ratelimit-reset", "1795000060"}}))
              .not_before == now + Seconds{60});
}

TEST_CASE("a server error causes the wait that the server wants, and shows the request's number") {
    const auto answer =
        poll_error(reply(503, {}, {{"retry-after", "30"}, {"x-github-request-id", "AB12:34CD"}}));
    CHECK(answer.not_before == now + Seconds{30});
    CHECK_THAT(answer.message, ContainsSubstring("AB12:34CD"));
    CHECK_FALSE(poll_error(reply(502)).not_before);
}

TEST_CASE("each answer has the state of the budget and the expiry of the token") {
    const Headers headers{{"x-ratelimit-remaining", "4711"},
                          {"x-ratelimit-reset", "1795000060"},
                          {"github-authentication-token-expiration", "2027-01-02 03:04:05 UTC"},
                          {"x-poll-interval", "300"}};
    for (const int status : {200, 304, 404}) {
        const auto answer = read(reply(status, status == 200 ? test::other_hex : "", headers));
        CHECK(answer.remaining == 4711U);
        CHECK(answer.window_ends == now + Seconds{60});
        REQUIRE(answer.token_expires);
        CHECK(format_utc(*answer.token_expires) == "2027-01-02T03:04:05Z");
        CHECK(answer.poll_interval == Seconds{300});
    }
}

TEST_CASE("the expiry of a token is parsed in each time zone") {
    const auto read_end = [](const std::string& text) {
        return read(reply(304, {}, {{"github-authentication-token-expiration", text}}))
            .token_expires;
    };
    CHECK(read_end("2027-01-02 03:04:05 +0200") == read_end("2027-01-02 01:04:05 UTC"));
    CHECK(read_end("2027-01-01 23:04:05 -0700") == read_end("2027-01-02 06:04:05 UTC"));
    CHECK(read_end("2027-01-02 03:04:05 +02:00") == read_end("2027-01-02 01:04:05 UTC"));
    for (const auto* odd :
         {"", "never", "2027-01-02", "2027-13-02 03:04:05 UTC", "2027-02-30 03:04:05 UTC",
          "2027-01-02 25:04:05 UTC", "2027-01-02 03:04:05", "2027-01-02 03:04:05 PST",
          "2027-01-02 03:04:05 +99999", "99999-01-02 03:04:05 UTC", "2027-01-02 03:04:05 +0:00",
          "----------:--:--:--UTC"}) {
        CAPTURE(odd);
        CHECK_FALSE(read_end(odd));
    }
}

TEST_CASE("invalid numbers are ignored") {
    for (const auto* odd : {"", "-1", "1e3", "0x0", " 5", "99999999999999999999999", "none"}) {
        CAPTURE(odd);
        const auto answer = read(reply(304, {},
                                       {{"x-ratelimit-remaining", odd},
                                        {"x-ratelimit-reset", odd},
                                        {"x-poll-interval", odd}}));
        CHECK_FALSE(answer.remaining);
        CHECK_FALSE(answer.window_ends);
        CHECK_FALSE(answer.poll_interval);
    }
}

TEST_CASE("a hostile server's text is one line of limited length") {
    const auto hostile = R"({"message":")" + std::string(3000, 'm') + R"(\n\u001b[2J"})";
    const auto answer =
        poll_error(reply(401, hostile, {{"x-github-request-id", std::string(5000, '\x01')}}));
    CHECK(answer.message.size() < 600);
    CHECK(answer.message.find('\n') == std::string::npos);
    const auto deep = poll_error(reply(404, std::string(60'000, '[')));
    CHECK(deep.kind == PollErrorKind::no_access);
    CHECK(poll_error(reply(404, "[" + std::string(30'000, '[') + std::string(30'000, ']') + "]"))
              .kind == PollErrorKind::no_access);
}
