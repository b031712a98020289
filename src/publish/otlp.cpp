// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/otlp.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/hmac.hpp>
#include <inhaul/util/text.hpp>

#include "families.hpp"

namespace inhaul::publish {
namespace {

using nlohmann::json;

// Numbers of the protocol's enumerations.
constexpr int temporality_cumulative = 2;
constexpr int span_kind_internal = 1;
constexpr int status_unset = 0;
constexpr int status_ok = 1;
constexpr int status_error = 2;

constexpr std::size_t trace_id_digits = 32;
constexpr std::size_t span_id_digits = 16;

constexpr std::size_t longest_attribute = 400;

/// 64-bit integers are strings in the protocol's JSON.
std::string nanoseconds(TimePoint time) {
    return std::to_string(unix_nanoseconds(time));
}

json attribute(std::string_view key, std::string_view value) {
    return {{"key", key}, {"value", {{"stringValue", printable(value, longest_attribute)}}}};
}

/// Returns a request with one resource and one scope. `signal`: `Metrics` or `Spans`, of `values`.
template <class Source>  // an Overview or a Trace: they name the origin alike
std::string request_of(const Source& source, const std::string& signal, json values) {
    const json scope{{"scope", {{"name", "inhaul"}, {"version", source.version}}},
                     {lower_case(signal), std::move(values)}};
    const json resource{
        {"resource",
         {{"attributes", json::array({attribute("service.name", "inhaul"),
                                      attribute("service.version", source.version),
                                      attribute("service.namespace", source.account),
                                      attribute("host.name", source.host)})}}},
        {"scope" + signal, json::array({scope})}};
    return json{{"resource" + signal, json::array({resource})}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
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

/// A hash of the deployment's identity, so that a repeated export is the same trace.
std::string id_of(const Trace& trace, std::string_view part, std::size_t digits) {
    const Secret key{fmt::format("{}\n{}\n{}", trace.host, trace.account, trace.app)};
    const auto content = fmt::format("{}\n{}\n{}", trace.deployment,
                                     nanoseconds(trace.states.front().entered), part);
    return to_hex(hmac_sha256(key, content)).substr(0, digits);
}

json span(std::string_view name, TimePoint from, TimePoint to) {
    return {{"name", printable(name, longest_attribute)},
            {"kind", span_kind_internal},
            {"startTimeUnixNano", nanoseconds(from)},
            {"endTimeUnixNano", nanoseconds(std::max(from, to))}};
}

json status_of(const Trace& trace) {
    json status{{"code", !trace.succeeded   ? status_unset
                         : *trace.succeeded ? status_ok
                                            : status_error}};
    if (!trace.cause.empty()) status["message"] = printable(trace.cause, longest_attribute);
    return status;
}

json spans_of(const Trace& trace) {
    auto spans = json::array();
    const auto& states = trace.states;
    if (states.empty()) return spans;
    const auto id = id_of(trace, "trace", trace_id_digits);
    const auto root = id_of(trace, "deployment", span_id_digits);
    auto whole = span("deploy " + trace.app, states.front().entered, states.back().entered);
    whole["traceId"] = id;
    whole["spanId"] = root;
    whole["status"] = status_of(trace);
    whole["attributes"] =
        json::array({attribute("inhaul.app", trace.app), attribute("inhaul.event", trace.event),
                     attribute("deployment.id", std::to_string(trace.deployment)),
                     attribute("vcs.ref.head.revision", trace.to),
                     attribute("vcs.ref.base.revision", trace.from)});
    spans.push_back(std::move(whole));
    for (std::size_t i = 0; i + 1 < states.size(); ++i) {
        auto state = span(states[i].name, states[i].entered, states[i + 1].entered);
        state["traceId"] = id;
        state["spanId"] = id_of(trace, std::to_string(i), span_id_digits);
        state["parentSpanId"] = root;
        spans.push_back(std::move(state));
    }
    return spans;
}

}  // namespace

std::string otlp_metrics(const Overview& overview) {
    auto metrics = json::array();
    for (const auto& family : families_of(overview))
        if (!family.samples.empty()) metrics.push_back(metric_of(overview, family));
    return request_of(overview, "Metrics", std::move(metrics));
}

std::string otlp_trace(const Trace& trace) {
    return request_of(trace, "Spans", spans_of(trace));
}

}  // namespace inhaul::publish
