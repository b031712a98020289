// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/publish/overview.hpp>
#include <inhaul/util/result.hpp>

#include "status_view.hpp"

namespace inhaul::cli {

/// Returns the published facts about these apps of the account. Only reads, and does not use the
/// network.
[[nodiscard]] Result<publish::Overview> overview_of(const std::vector<AppFacts>& all,
                                                    const AccountSettings& account,
                                                    const config::Places& places);

}  // namespace inhaul::cli
