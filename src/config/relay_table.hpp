#pragma once

#include <inhaul/settings.hpp>

#include "document.hpp"

namespace inhaul::config {

/// The channel that is listened on, if one is named.
[[nodiscard]] std::optional<RelaySettings> read_relay(Document& document);

}  // namespace inhaul::config
