// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/settings.hpp>

#include <config/document.hpp>

/// The gates in the settings.
namespace inhaul::config {

/// Reads `[require]`. Caller must have read the repository before, because checks need GitHub.
[[nodiscard]] Requirements read_require(Document& document, const Settings& settings);

/// Parses `Mon-Fri 09:00-17:00`, `Sat,Sun 22:00-04:00`, `daily 03:00-05:00`. Empty for other text.
[[nodiscard]] std::optional<TimeWindow> parse_window(std::string_view text);
/// Returns the shortest text that parse_window() parses as the same window.
[[nodiscard]] std::string format_window(const TimeWindow& window);

}  // namespace inhaul::config
