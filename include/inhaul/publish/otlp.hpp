// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/publish/overview.hpp>

namespace inhaul::publish {

/// Returns the body of a request to `/v1/metrics` in the JSON of OTLP 1: all metrics, cumulative,
/// at the time of `overview`. Source: https://opentelemetry.io/docs/specs/otlp/ and
/// opentelemetry-proto's metrics.proto.
[[nodiscard]] std::string otlp_metrics(const Overview& overview);

}  // namespace inhaul::publish
