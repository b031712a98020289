// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/publish/overview.hpp>

namespace inhaul::publish {

/// How often the agent writes the metrics, if a poll wakes it.
inline constexpr Milliseconds metrics_interval{60'000};

/// Returns the metrics in the text format of Prometheus. HELP and TYPE depend on nothing, so that
/// files of several agents on one host can be read together.
[[nodiscard]] std::string metrics(const Overview& overview);

/// Returns one text from several texts of metrics(): each family once, with the series of all.
[[nodiscard]] std::string merged_metrics(const std::vector<std::string>& texts);

}  // namespace inhaul::publish
