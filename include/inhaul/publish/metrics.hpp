// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/publish/overview.hpp>

namespace inhaul::publish {

/// Returns the metrics in the text format of Prometheus. HELP and TYPE depend on nothing, so that
/// files of several agents on one host can be read together.
[[nodiscard]] std::string metrics(const Overview& overview);

/// Returns one text from several texts of metrics(): each family once, with the series of all.
[[nodiscard]] std::string merged_metrics(const std::vector<std::string>& texts);

}  // namespace inhaul::publish
