// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/settings.hpp>

#include <config/document.hpp>

namespace inhaul::config {

/// Reads `[service]`.
void read_service(Document& document, Settings& settings);

}  // namespace inhaul::config
