// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/registration.hpp>

#include <inhaul/forge/rest_limits.hpp>

#include "forge/rest_error.hpp"
#include "support/catch.hpp"

using namespace inhaul;

namespace {

const std::string key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

}  // namespace

TEST_CASE("a key is identified by its kind and bytes, without its comment") {
    const auto listed =
        R"([{"id": 1, "key": "ssh-rsa AAAAB3"}, {"id": 2, "key": ")" + key + R"("}])";
    CHECK(forge::lists_key(listed, key + " inhaul: shop on web1\n") == true);
    CHECK(forge::lists_key(listed, key.substr(0, key.size() - 1)) == false);
    CHECK(forge::lists_key("[]", key) == false);
}

TEST_CASE("a webhook is identified by its URL") {
    const std::string listed =
        R"([{"id": 1}, {"id": 2, "active": true, "events": ["push"], "config":
            {"url": "https://relay.example/x", "content_type": "json", "secret": "********"}}])";
    CHECK(forge::lists_webhook(listed, "https://relay.example/x") == true);
    CHECK(forge::lists_webhook(listed, "https://relay.example/") == false);
    const auto with = [&](const std::string& from, const std::string& to) {
        auto text = listed;
        text.replace(text.find(from), from.size(), to);
        return forge::lists_webhook(text, "https://relay.example/x");
    };
    CHECK(with("[\"push\"]", "[\"*\"]") == true);
    for (const auto& found :
         {with("true", "false"), with("\"push\"", "\"issues\""), with("\"json\"", "\"form\"")}) {
        REQUIRE_FALSE(found);
        CHECK(found.error().code == ErrorCode::refused);
    }
}

TEST_CASE("an answer that is not a list is an error, and not an empty list") {
    for (const auto* const body : {"", "{}", "null", "nonsense", R"({"message": "Not Found"})"}) {
        CHECK_FALSE(forge::lists_key(body, key));
        CHECK_FALSE(forge::lists_webhook(body, "https://relay.example/x"));
    }
    // Elements of another form are ignored.
    const auto* const odd =
        R"([null, 3, [], {"key": 4}, {"config": "x"}, {"config": {"url": []}}])";
    CHECK(forge::lists_key(odd, key) == false);
    CHECK(forge::lists_webhook(odd, "https://relay.example/x") == false);
    CHECK(forge::keys_like(odd, key)->empty());
    CHECK(forge::webhooks_for(odd, "https://relay.example/x")->empty());
}

TEST_CASE("only a number identifies an object to delete") {
    const auto* const keys =
        R"([{"id": 7, "key": "ssh-ed25519 AAAA"}, {"id": 8, "key": "ssh-rsa AAAA"},
        {"id": "9", "key": "ssh-ed25519 AAAA"}, {"id": 10, "key": "ssh-ed25519 AAAA comment"}])";
    CHECK(forge::keys_like(keys, "ssh-ed25519 AAAA inhaul: shop") ==
          std::vector<std::int64_t>{7, 10});
    // Also a disabled webhook.
    const auto* const hooks = R"([{"id": 1, "active": false, "config": {"url": "https://r/x"}},
                                  {"id": 2, "config": {"url": "https://r/xy"}}])";
    CHECK(forge::webhooks_for(hooks, "https://r/x") == std::vector<std::int64_t>{1});
    CHECK_FALSE(forge::webhooks_for("{}", "https://r/x"));
}

TEST_CASE("a rate limit and a fault of the server are no missing permission") {
    const auto error_for = [](const http::Response& response) {
        return forge::rest_error(response, "Webhooks: write", TimePoint{});
    };
    const std::vector<http::Response> passing{
        {.status = 403, .headers = {{"retry-after", "60"}}},
        {.status = 403, .headers = {{"x-ratelimit-remaining", "0"}}},
        {.status = 403, .body = R"({"message": "You have exceeded a secondary rate limit"})"},
        {.status = 429},
        {.status = 500},
        {.status = 503}};
    for (const auto& response : passing) {
        CAPTURE(response.status, response.body);
        const auto error = error_for(response);
        CHECK(error.code == ErrorCode::network);
        CHECK(error.transient);
        CHECK(error.hint.empty());
    }
    for (const int status : {403, 404}) {
        const auto error =
            error_for({.status = status, .body = R"({"message": "Resource not accessible"})"});
        CHECK(error.code == ErrorCode::authentication);
        CHECK_FALSE(error.transient);
        CHECK_THAT(error.hint, test::ContainsSubstring("Webhooks: write"));
    }
    CHECK(error_for({.status = 422}).code == ErrorCode::failed);
}

TEST_CASE("a rate limit and a fault of the server have the wait that the server demands") {
    const TimePoint now{Seconds{1'772'000'000}};
    const auto wait_of = [&](const http::Response& response) {
        return forge::rest_error(response, "Checks: read", now).retry_after;
    };
    const auto status = GENERATE(403, 429);
    CHECK(wait_of({.status = status, .headers = {{"retry-after", "600"}}}) == Seconds{600});
    CHECK(wait_of({.status = status,
                   .headers = {{"x-ratelimit-remaining", "0"},
                               {"x-ratelimit-reset", "1772001800"}}}) == Seconds{1800});
    CHECK(wait_of({.status = status,
                   .body = R"({"message": "You have exceeded a secondary rate limit"})"}) ==
          forge::secondary_wait);
    CHECK(wait_of({.status = 503, .headers = {{"retry-after", "600"}}}) == Seconds{600});
    CHECK_FALSE(wait_of({.status = 503}));
    CHECK_FALSE(wait_of({.status = 403, .body = R"({"message": "Resource not accessible"})"}));
}

TEST_CASE("a refused token needs a replacement, not another permission") {
    const http::Response expired{.status = 401, .body = R"({"message": "Bad credentials"})"};
    const auto error = forge::rest_error(expired, "Checks: read", TimePoint{}, "/etc/inhaul/token");
    CHECK(error.code == ErrorCode::authentication);
    CHECK(error.reason == ErrorReason::none);
    CHECK_FALSE(error.transient);
    CHECK(error.hint ==
          "Replace the token in /etc/inhaul/token: it is invalid, revoked or expired.");
}

TEST_CASE("the URLs of pages have the host of the repository's server") {
    const GitHubRepository shop{.api = "https://git.example/api/v3",
                                .owner = "octocat",
                                .name = "shop",
                                .web = "https://git.example"};
    CHECK(forge::deploy_key_page(shop) == "https://git.example/octocat/shop/settings/keys/new");
    CHECK(forge::webhook_page(shop) == "https://git.example/octocat/shop/settings/hooks/new");
}
