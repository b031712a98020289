// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/report/message.hpp>

namespace inhaul::report {

/// Returns the body of a request to `/v1/traces` in the JSON of OTLP 1: one trace a deployment,
/// with one span a state below the span of the deployment. The same deployment always has the same
/// identifiers. Without a record of the deployment there is no span.
/// Source: https://opentelemetry.io/docs/specs/otlp/ and opentelemetry-proto's trace.proto.
[[nodiscard]] std::string traces_of(const Message& message);

}  // namespace inhaul::report
