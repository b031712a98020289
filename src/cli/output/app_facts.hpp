#pragma once

#include <vector>

#include <inhaul/config/config.hpp>

#include "status_view.hpp"

namespace inhaul::cli {

/// What the ledger and the locks say of these apps now. Nothing is written, and nobody is asked.
[[nodiscard]] Result<std::vector<AppFacts>> all_facts(const std::vector<Settings>& apps,
                                                      const config::Places& places);

}  // namespace inhaul::cli
