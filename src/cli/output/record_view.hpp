// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <inhaul/ledger/ledger.hpp>

#include "console.hpp"

/// A deployment's fields as text for people.
namespace inhaul::cli {

[[nodiscard]] std::string short_form(const std::optional<CommitId>& commit);
/// Returns "-" while the deployment has no number.
[[nodiscard]] std::string number_of(const ledger::Record& record);
[[nodiscard]] std::string duration_of(const ledger::Record& record);
/// Returns "command" for a deployment that an operator started. JSON has "hand" for it.
[[nodiscard]] std::string_view trigger_name(Trigger trigger);
[[nodiscard]] std::string trigger_of(const ledger::Record& record);
/// Returns the command that shows the output of a failed hook. Empty if no hook failed.
[[nodiscard]] std::string output_command(const ledger::Record& record);
[[nodiscard]] Table::Cell outcome_of(const ledger::Record& record);

/// Returns "5 min ago". A time in the future counts as now.
[[nodiscard]] std::string ago(TimePoint then, TimePoint now);

}  // namespace inhaul::cli
