#pragma once

#include <inhaul/settings.hpp>

#include "document.hpp"

namespace inhaul::config {

/// Reads `[service]`: what is restarted, and how long that may take.
void read_service(Document& document, Settings& settings);

}  // namespace inhaul::config
