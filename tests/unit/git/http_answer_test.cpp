// SPDX-License-Identifier: Apache-2.0
#include <git/transport/http_answer.hpp>

#include <inhaul/budget.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using inhaul::test::ContainsSubstring;

namespace {

Error refusal(int status, std::vector<std::pair<std::string, std::string>> headers = {},
              const git::Access& access = {.url = "https://git.example.com/octo/app.git"}) {
    return git::not_a_git_answer(access, {.status = status, .headers = std::move(headers)}, {});
}

}  // namespace

TEST_CASE("a refusal of a git server has the wait that the server demands") {
    const auto status = GENERATE(403, 429, 500, 503);
    CAPTURE(status);
    CHECK(refusal(status, {{"retry-after", "120"}}).retry_after == Seconds{120});
    CHECK_FALSE(refusal(status).retry_after);
    CHECK_FALSE(refusal(status, {{"retry-after", "soon"}}).retry_after);
    CHECK(refusal(status, {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                           {"retry-after", "Sun, 06 Nov 1994 08:51:37 GMT"}})
              .retry_after == Seconds{120});
}

TEST_CASE("a refusal of a git server names the limit that all requests with the token share") {
    git::Access access{.url = "https://git.example.com/octo/app.git"};
    CHECK(refusal(429, {}, access).budget == git_budget(access.url, std::nullopt));
    access.token = Secret{std::string{"sesame"}};
    CHECK(refusal(429, {}, access).budget ==
          git_budget("https://git.example.com/octo/other.git", access.token));
}

TEST_CASE("each status has its own reason, whether there is a token or not") {
    struct Row {
        int status;
        ErrorReason with_token;
        ErrorReason without;
    };
    const auto row = GENERATE(values<Row>({
        {401, ErrorReason::none, ErrorReason::login_required},
        {403, ErrorReason::forbidden, ErrorReason::forbidden},
        {404, ErrorReason::none, ErrorReason::none},
        {429, ErrorReason::rate_limited, ErrorReason::rate_limited},
        {500, ErrorReason::server_error, ErrorReason::server_error},
        {503, ErrorReason::server_error, ErrorReason::server_error},
    }));
    CAPTURE(row.status);
    git::Access access{.url = "https://git.example.com/octo/app.git"};
    CHECK(refusal(row.status, {}, access).reason == row.without);
    access.token = Secret{std::string{"sesame"}};
    CHECK(refusal(row.status, {}, access).reason == row.with_token);
}

TEST_CASE("each refusal has a hint, which names the file with the token") {
    git::Access access{.url = "https://git.example.com/octo/app.git"};
    for (const int status : {400, 401, 403, 404, 407, 410, 418, 429, 500, 503}) {
        CAPTURE(status);
        CHECK_FALSE(refusal(status, {}, access).hint.empty());
    }
    access.token = Secret{std::string{"sesame"}};
    access.token_file = "/etc/inhaul/token";
    for (const int status : {401, 403, 404, 410}) {
        CAPTURE(status);
        CHECK_THAT(refusal(status, {}, access).hint, ContainsSubstring("/etc/inhaul/token"));
    }
}

TEST_CASE("a 407 of the server itself blames no proxy") {
    const auto error = refusal(407);
    CHECK(error.code == ErrorCode::protocol);
    CHECK(error.message.find("proxy") == std::string::npos);
}
