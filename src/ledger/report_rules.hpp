// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/ledger/rules.hpp>

/// The reports of a write. Pure.
namespace inhaul::ledger {

/// Returns the reports of a save. `record`: after ledger::entered(), with its number.
[[nodiscard]] Reporting reports_of(const Record& record, Faults faults, TimePoint now);
/// Returns the reports of a saved poll state: the forge answers again.
[[nodiscard]] Reporting reports_of(const AppName& app, const PollState& poll_state, Faults faults,
                                   TimePoint now);

}  // namespace inhaul::ledger
