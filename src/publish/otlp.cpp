// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/otlp.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/text.hpp>

#include "families.hpp"

namespace inhaul::publish {
namespace {

using nlohmann::json;

// A number of the protocol's enumeration.
constexpr int temporality_cumulative = 2;

constexpr std::size_t longest_attribute = 400;

/// 64-bit integers are strings in the protocol's JSON.
std::string nanoseconds(TimePoint time) {
    return std::to_string(unix_nanoseconds(time));
}

json attribute(std::string_view key, std::string_view value) {
    return {{"key", key}, {"value", {{"stringValue", printable(value, longest_attribute)}}}};
}

json resource_of(const Overview& overview) {
    return {{"attributes", json::array({attribute("service.name", "inhaul"),
                                        attribute("service.version", overview.version),
                                        attribute("service.namespace", overview.account),
                                        attribute("host.name", overview.host)})}};
}

/// Buckets of the protocol are not cumulative, and the last one has no bound.
void set_durations(json& point, const Durations& durations) {
    json bounds = json::array(), counts = json::array();
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < duration_bounds.size(); ++i) {
        bounds.push_back(duration_bounds.at(i));
        counts.push_back(std::to_string(durations.within.at(i) - before));
        before = durations.within.at(i);
    }
    counts.push_back(std::to_string(durations.count - before));
    point["explicitBounds"] = std::move(bounds);
    point["bucketCounts"] = std::move(counts);
    point["count"] = std::to_string(durations.count);
    point["sum"] = seconds(durations.sum);
}

json point_of(const Overview& overview, const Sample& sample) {
    json point{{"timeUnixNano", nanoseconds(overview.written)}};
    auto& attributes = point["attributes"];
    attributes.push_back(attribute("account", overview.account));
    for (const auto& [label, value] : sample.labels)
        attributes.push_back(attribute(label, value));
    if (const auto* const whole = std::get_if<std::int64_t>(&sample.value))
        point["asInt"] = std::to_string(*whole);
    else if (const auto* const fraction = std::get_if<double>(&sample.value))
        point["asDouble"] = *fraction;
    else
        set_durations(point, std::get<Durations>(sample.value));
    return point;
}

json metric_of(const Overview& overview, const Family& family) {
    json data{{"dataPoints", json::array()}};
    for (const auto& sample : family.samples)
        data["dataPoints"].push_back(point_of(overview, sample));
    json metric{{"name", family.name}, {"description", family.help}};
    switch (family.type) {
        case Family::Type::gauge:
            metric["gauge"] = std::move(data);
            break;
        case Family::Type::counter:
            data["aggregationTemporality"] = temporality_cumulative;
            data["isMonotonic"] = true;
            metric["sum"] = std::move(data);
            break;
        case Family::Type::histogram:
            data["aggregationTemporality"] = temporality_cumulative;
            metric["histogram"] = std::move(data);
            break;
    }
    return metric;
}

}  // namespace

std::string otlp_metrics(const Overview& overview) {
    auto metrics = json::array();
    for (const auto& family : families_of(overview))
        if (!family.samples.empty()) metrics.push_back(metric_of(overview, family));
    const json scope{{"scope", {{"name", "inhaul"}, {"version", overview.version}}},
                     {"metrics", std::move(metrics)}};
    const json resource{{"resource", resource_of(overview)},
                        {"scopeMetrics", json::array({scope})}};
    return json{{"resourceMetrics", json::array({resource})}}.dump(-1, ' ', false,
                                                                   json::error_handler_t::replace);
}

}  // namespace inhaul::publish
