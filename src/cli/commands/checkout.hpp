// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include <inhaul/git/existing_checkout.hpp>

namespace inhaul::cli {

/// Reads the output of the internal command `checkout`.
[[nodiscard]] Result<std::optional<git::Checkout>> parse_checkout(std::string_view line);

}  // namespace inhaul::cli
