// SPDX-License-Identifier: Apache-2.0
#include "traces.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/hmac.hpp>
#include <inhaul/version.hpp>

namespace inhaul::report {
namespace {

using nlohmann::json;

// Numbers of the protocol's enumerations.
constexpr int span_kind_internal = 1;
constexpr int status_unset = 0;
constexpr int status_ok = 1;
constexpr int status_error = 2;

constexpr std::size_t trace_id_digits = 32;
constexpr std::size_t span_id_digits = 16;

/// A 64-bit integer is a string in the protocol's JSON.
std::string nanoseconds(TimePoint time) {
    return std::to_string(unix_nanoseconds(time));
}

json attribute(std::string_view key, std::string_view value) {
    return {{"key", key}, {"value", {{"stringValue", value}}}};
}

/// A hash of what identifies the deployment, so that a repeated export is the same trace.
std::string id_of(const Message& message, std::string_view part, std::size_t digits) {
    const Secret key{
        fmt::format("{}\n{}\n{}", message.place.host, message.place.account, message.app)};
    const auto content = fmt::format("{}\n{}\n{}", message.deployment.value_or(0),
                                     nanoseconds(message.steps.front().entered), part);
    return to_hex(hmac_sha256(key, content)).substr(0, digits);
}

json span(std::string name, TimePoint from, TimePoint to) {
    return {{"name", std::move(name)},
            {"kind", span_kind_internal},
            {"startTimeUnixNano", nanoseconds(from)},
            {"endTimeUnixNano", nanoseconds(std::max(from, to))}};
}

json status_of(const Message& message) {
    json status{{"code", message.good ? status_ok : message.bad ? status_error : status_unset}};
    if (!message.cause.empty()) status["message"] = message.cause;
    return status;
}

json spans_of(const Message& message) {
    auto spans = json::array();
    if (message.steps.empty()) return spans;
    const auto trace = id_of(message, "trace", trace_id_digits);
    const auto root = id_of(message, "deployment", span_id_digits);
    auto whole = span(fmt::format("deploy {}", message.app), message.steps.front().entered,
                      message.steps.back().entered);
    whole["traceId"] = trace;
    whole["spanId"] = root;
    whole["status"] = status_of(message);
    whole["attributes"] =
        json::array({attribute("inhaul.app", message.app), attribute("inhaul.event", message.type),
                     attribute("deployment.id", std::to_string(message.deployment.value_or(0))),
                     attribute("vcs.ref.head.revision", message.commit),
                     attribute("vcs.ref.base.revision", message.from)});
    spans.push_back(std::move(whole));
    for (std::size_t i = 0; i + 1 < message.steps.size(); ++i) {
        auto state =
            span(message.steps[i].state, message.steps[i].entered, message.steps[i + 1].entered);
        state["traceId"] = trace;
        state["spanId"] = id_of(message, std::to_string(i), span_id_digits);
        state["parentSpanId"] = root;
        spans.push_back(std::move(state));
    }
    return spans;
}

}  // namespace

std::string traces_of(const Message& message) {
    const json scope{{"scope", {{"name", "inhaul"}, {"version", version}}},
                     {"spans", spans_of(message)}};
    const json resource{
        {"resource",
         {{"attributes",
           json::array({attribute("service.name", "inhaul"), attribute("service.version", version),
                        attribute("service.namespace", message.place.account),
                        attribute("host.name", message.place.host)})}}},
        {"scopeSpans", json::array({scope})}};
    return json{{"resourceSpans", json::array({resource})}}.dump(-1, ' ', false,
                                                                 json::error_handler_t::replace);
}

}  // namespace inhaul::report
