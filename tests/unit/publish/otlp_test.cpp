// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/otlp.hpp>

#include <nlohmann/json.hpp>

#include "sample.hpp"
#include "support/catch.hpp"

namespace inhaul::test {
namespace {

using nlohmann::json;

json metrics_by_name(const std::string& text) {
    json found;
    const auto request = json::parse(text);
    for (const auto& metric :
         request.at("resourceMetrics").at(0).at("scopeMetrics").at(0).at("metrics"))
        found[metric.at("name").get<std::string>()] = metric;
    return found;
}

json attribute(const char* key, const std::string& value) {
    return {{"key", key}, {"value", {{"stringValue", value}}}};
}

}  // namespace

TEST_CASE("the metrics of OTLP have the origin, and integers are strings") {
    const auto text = publish::otlp_metrics(hostile());
    const auto resource = json::parse(text).at("resourceMetrics").at(0).at("resource");
    CHECK(resource.at("attributes").at(0) == attribute("service.name", "inhaul"));
    CHECK(resource.at("attributes").at(3) == attribute("host.name", "web<1>"));
    const auto metrics = metrics_by_name(text);
    const auto polls = metrics.at("inhaul_polls_total").at("sum");
    CHECK(polls.at("isMonotonic") == true);
    CHECK(polls.at("aggregationTemporality") == 2);
    const auto point = polls.at("dataPoints").at(1);
    CHECK(point.at("asInt") == "1000000000000");
    CHECK(point.at("timeUnixNano") == "1767323105000000000");
    CHECK(point.at("attributes") ==
          json::array({attribute("account", "scripts"), attribute("app", "shop"),
                       attribute("result", "unchanged")}));
    CHECK(metrics.at("inhaul_forge_last_answer_timestamp_seconds")
              .at("gauge")
              .at("dataPoints")
              .at(0)
              .at("asDouble") == 1767323045.5);
    // An app without a relay has no point for a relay.
    CHECK_FALSE(metrics.contains("inhaul_relay_connected"));
}

TEST_CASE("the buckets of OTLP's histogram are not cumulative, and sum up to the count") {
    const auto metrics = metrics_by_name(publish::otlp_metrics(hostile()));
    const auto histogram = metrics.at("inhaul_deployment_duration_seconds").at("histogram");
    const auto point = histogram.at("dataPoints").at(0);
    CHECK(point.at("explicitBounds") == json::array({1, 5, 15, 60, 300, 900}));
    CHECK(point.at("bucketCounts") == json::array({"1", "2", "1", "0", "0", "0", "0"}));
    CHECK(point.at("count") == "4");
    CHECK(point.at("sum") == 12.345);
}

}  // namespace inhaul::test
