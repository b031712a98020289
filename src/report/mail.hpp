// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace inhaul::report {

/// Returns a header line in RFC 2047, without its end: encoded words if the text is not ASCII.
[[nodiscard]] std::string header_line(std::string_view name, std::string_view text);

}  // namespace inhaul::report
