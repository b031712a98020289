// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul::service {

/// The invocation id of each unit, by its name in the settings; empty for a unit that does not run.
using Runs = std::map<std::string, std::string, std::less<>>;

/// Returns a text for the ledger: the invocation of one unit, or for several units
/// `web.service=INVOCATION worker@1.service=INVOCATION`. Empty if none of them runs.
[[nodiscard]] std::string text_of(const Runs& runs, const std::vector<std::string>& units);

/// Parses a text of text_of(). The result has only the units in the text.
[[nodiscard]] Runs runs_from(std::string_view text, const std::vector<std::string>& units);

}  // namespace inhaul::service
