// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/ledger/record.hpp>

#include "database.hpp"

namespace inhaul::ledger {

[[nodiscard]] Result<Totals> select_totals(Database& database, const AppName& app);
/// Caller must hold a transaction.
[[nodiscard]] Result<void> write_totals(Database& database, const AppName& app,
                                        const Totals& totals);

}  // namespace inhaul::ledger
