// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/settings.hpp>

#include <config/document.hpp>

namespace inhaul::config {

/// Reads `[relay]`. Empty without a URL.
[[nodiscard]] std::optional<RelaySettings> read_relay(Document& document);

}  // namespace inhaul::config
