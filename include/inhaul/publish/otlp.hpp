// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/publish/overview.hpp>
#include <inhaul/util/clock.hpp>

/// Requests in the JSON of OTLP 1. Source: https://opentelemetry.io/docs/specs/otlp/, and
/// metrics.proto and trace.proto of opentelemetry-proto.
namespace inhaul::publish {

/// Returns the body of a request to `/v1/metrics`: all metrics, cumulative, at the time of
/// `overview`.
[[nodiscard]] std::string otlp_metrics(const Overview& overview);

/// A deployment as a trace.
struct Trace {
    struct State {
        std::string name;
        TimePoint entered;
    };
    std::string version;  ///< of inhaul
    std::string host;
    std::string account;
    std::string app;
    std::int64_t deployment = 0;
    std::string event;     ///< `deployment.failed`
    std::string from, to;  ///< full commit IDs
    std::string cause;     ///< empty for a success
    std::optional<bool> succeeded = {};
    std::vector<State> states;  ///< the last one is the end
};

/// Returns the body of a request to `/v1/traces`: one span a state below the span of the
/// deployment. The same deployment always has the same identifiers. Without states there is no
/// span.
[[nodiscard]] std::string otlp_trace(const Trace& trace);

}  // namespace inhaul::publish
