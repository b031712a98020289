// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <inhaul/config/config.hpp>

#include "status_view.hpp"

namespace inhaul::cli {

/// Returns the facts in the ledger and the locks about these apps and their notification targets.
/// Only reads, and does not use the network. `account`: empty if its file has a problem.
[[nodiscard]] Result<std::vector<AppFacts>> all_facts(const std::vector<Settings>& apps,
                                                      const std::optional<AccountSettings>& account,
                                                      const config::Places& places);

}  // namespace inhaul::cli
