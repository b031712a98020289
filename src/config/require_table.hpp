#pragma once

#include <inhaul/settings.hpp>

#include "document.hpp"

/// What a commit must be before it is deployed.
namespace inhaul::config {

/// After the repository and the token were read, which say whether CI can be asked.
[[nodiscard]] Requirements read_require(Document& document, const Settings& settings);

/// `Mon-Fri 09:00-17:00`, `Sat,Sun 22:00-04:00`, `daily 03:00-05:00`; nothing for anything else.
[[nodiscard]] std::optional<TimeWindow> parse_window(std::string_view text);
/// The shortest text that parse_window reads back as the same.
[[nodiscard]] std::string format_window(const TimeWindow& window);

}  // namespace inhaul::config
