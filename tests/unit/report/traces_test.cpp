// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <nlohmann/json.hpp>

#include <inhaul/publish/otlp.hpp>
#include <report/formats.hpp>

#include "support/catch.hpp"

namespace inhaul::test {
namespace {

using nlohmann::json;
using Outcome = report::DeliveryResult::Outcome;

constexpr TimePoint start{Milliseconds{1'767'323'045'000}};

report::Message rolled_back() {
    report::Message message{.id = "msg_1",
                            .type = "deployment.rolled_back",
                            .title = {},
                            .bad = true,
                            .time = start,
                            .origin = {"web1", "scripts"},
                            .app = "shop",
                            .deployment = 17};
    message.commit = std::string(40, 'b');
    message.from = std::string(40, 'a');
    message.cause = "probe: \"no\" answer";
    message.steps = {{"planned", start},
                     {"fetching", start + Milliseconds{500}},
                     {"restarting-back", start + Milliseconds{1'500}},
                     {"rolled-back", start + Milliseconds{4'500}}};
    return message;
}

json spans_of(const report::Message& message) {
    const auto request = json::parse(publish::otlp_trace(report::trace_of(message)));
    return request.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans");
}

bool is_hex(const std::string& text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

report::DeliveryResult delivery_result(int status, std::string body) {
    return report::delivery_result(
        NotifyTarget::Type::otlp, http::Response{.status = status, .body = std::move(body)}, start);
}

}  // namespace

TEST_CASE("a deployment is a trace with a span for each state, one after the other") {
    const auto spans = spans_of(rolled_back());
    REQUIRE(spans.size() == 4);
    const auto& whole = spans.at(0);
    CHECK(whole.at("name") == "deploy shop");
    CHECK(whole.at("startTimeUnixNano") == "1767323045000000000");
    CHECK(whole.at("endTimeUnixNano") == "1767323049500000000");
    CHECK(whole.at("status") == json{{"code", 2}, {"message", "probe: \"no\" answer"}});
    CHECK_FALSE(whole.contains("parentSpanId"));
    CHECK(spans.at(1).at("name") == "planned");
    CHECK(spans.at(3).at("name") == "restarting-back");
    std::set<std::string> ids;
    for (const auto& span : spans) {
        CHECK(span.at("kind") == 1);
        CHECK(is_hex(span.at("traceId"), 32));
        CHECK(span.at("traceId") == whole.at("traceId"));
        CHECK(is_hex(span.at("spanId"), 16));
        CHECK(ids.insert(span.at("spanId")).second);
    }
    for (std::size_t i = 1; i < spans.size(); ++i) {
        CHECK(spans.at(i).at("parentSpanId") == whole.at("spanId"));
        CHECK(spans.at(i).at("startTimeUnixNano") ==
              (i == 1 ? whole.at("startTimeUnixNano") : spans.at(i - 1).at("endTimeUnixNano")));
    }
    CHECK(spans.at(3).at("endTimeUnixNano") == whole.at("endTimeUnixNano"));
}

TEST_CASE("a repeated export has the same identifiers, and another deployment has others") {
    auto message = rolled_back();
    const auto trace = spans_of(message).at(0).at("traceId");
    CHECK(spans_of(message).at(0).at("traceId") == trace);
    SECTION("another number") {
        message.deployment = 18;
    }
    SECTION("another app") {
        message.app = "blog";
    }
    SECTION("another host") {
        message.origin.host = "web2";
    }
    SECTION("another account") {
        message.origin.account = "ada";
    }
    SECTION("a new ledger") {
        message.steps.front().entered += Milliseconds{1};
    }
    CHECK(spans_of(message).at(0).at("traceId") != trace);
}

TEST_CASE(
    "the status of a trace is that of the deployment, and a clock set back gives no negative "
    "span") {
    auto message = rolled_back();
    message.bad = false;
    message.cause.clear();
    message.steps.back().entered = start - Milliseconds{60'000};
    const auto refused = spans_of(message);
    CHECK(refused.at(0).at("status") == json{{"code", 0}});
    CHECK(refused.at(0).at("endTimeUnixNano") == refused.at(0).at("startTimeUnixNano"));
    message.good = true;
    CHECK(spans_of(message).at(0).at("status") == json{{"code", 1}});
    message.steps.clear();
    CHECK(spans_of(message).empty());
}

TEST_CASE("a collector's answer is repeated only for the statuses of the protocol") {
    CHECK(delivery_result(200, "{}").what == Outcome::sent);
    CHECK(delivery_result(200, R"({"partialSuccess":{}})").what == Outcome::sent);
    const auto rejected = delivery_result(
        200, R"({"partialSuccess":{"rejectedSpans":"4","errorMessage":"too old"}})");
    CHECK(rejected.what == Outcome::never);
    CHECK(rejected.message == "the collector rejected it: too old");
    for (const int status : {429, 502, 503, 504})
        CHECK(delivery_result(status, "").what == Outcome::later);
    for (const int status : {400, 401, 404, 408, 500, 501})
        CHECK(delivery_result(status, "").what == Outcome::never);
}

TEST_CASE("requests to a collector have the path of their signal and the token") {
    NotifyTarget target{.name = "otlp", .type = NotifyTarget::Type::otlp};
    report::Secrets secrets{.url = {}, .key = {}, .token = Secret{"token"}};
    for (const auto* const url :
         {"https://collector.example/otlp", "https://collector.example/otlp/"}) {
        target.url = url;
        const auto request = report::otlp_request(target, secrets, "metrics", "{}");
        REQUIRE(request);
        CHECK(request->url == "https://collector.example/otlp/v1/metrics");
        REQUIRE(request->bearer);
        CHECK(request->bearer->reveal() == "token");
    }
    target.url = "http://collector.example";
    CHECK_FALSE(report::otlp_request(target, secrets, "metrics", "{}"));
}

}  // namespace inhaul::test
