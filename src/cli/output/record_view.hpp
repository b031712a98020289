// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/ledger/ledger.hpp>

#include "console.hpp"

/// A deployment's fields as text for people.
namespace inhaul::cli {

[[nodiscard]] std::string short_form(const std::optional<CommitId>& commit);
/// Returns "-" while the deployment has no number.
[[nodiscard]] std::string number_of(const ledger::Record& record);
[[nodiscard]] std::string duration_of(const ledger::Record& record);
[[nodiscard]] std::string trigger_of(const ledger::Record& record);
/// Returns the command that shows the output of a failed hook. Empty if no hook failed.
[[nodiscard]] std::string output_command(const ledger::Record& record);
[[nodiscard]] Table::Cell outcome_of(const ledger::Record& record);

/// Returns "5 min ago". A time in the future counts as now.
[[nodiscard]] std::string ago(TimePoint then, TimePoint now);

}  // namespace inhaul::cli
