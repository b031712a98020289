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

/// Restarts each deadline that began before this boot. The rest of its time is by the wall clock,
/// and at most its length. From then on only the uptime of the host counts. Deadlines of a hold do
/// not change: its gate is checked again.
[[nodiscard]] Result<void> begin_again_after_boot(Database& database, const Moment& now);

}  // namespace inhaul::ledger
