// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/ledger/rules.hpp>
#include <inhaul/util/clock.hpp>

#include "statement.hpp"

/// Deadlines as columns.
namespace inhaul::ledger {

class Database;

template <>
struct Column<Deadline> : TextColumn<Deadline, Deadline::parse> {};

/// For those that were begun before the host was started: what is left of each, by the wall clock
/// and never more than its length, begins now. From here on only the host's uptime counts. Those of
/// a hold stay: its gate is asked again, and says what is left.
[[nodiscard]] Result<void> begin_again_after_boot(Database& database, const Moment& now);

}  // namespace inhaul::ledger
