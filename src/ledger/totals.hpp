// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/ledger/record.hpp>

#include "database.hpp"

namespace inhaul::ledger {

[[nodiscard]] Result<Totals> select_totals(Database& database, const AppName& app);
/// Counts a deployment that has ended. Caller must hold a transaction.
[[nodiscard]] Result<void> count_deployment(Database& database, const Record& record);

}  // namespace inhaul::ledger
