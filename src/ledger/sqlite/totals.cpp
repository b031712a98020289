// SPDX-License-Identifier: Apache-2.0
#include "totals.hpp"

namespace inhaul::ledger {

Result<Totals> select_totals(Database& database, const AppName& app) {
    auto row = TRY(database.query(
        "SELECT succeeded, failed, rolled_back, refused, took, within_1, within_5, within_15, "
        "within_60, within_300, within_900 FROM totals WHERE app = ?",
        app));
    Totals totals;
    if (!TRY(row.step())) return totals;
    std::int64_t took = 0;
    for (auto* const number :
         {&totals.succeeded, &totals.failed, &totals.rolled_back, &totals.refused, &took})
        *number = TRY(row.take<std::int64_t>());
    totals.took = Milliseconds{took};
    for (auto& number : totals.within)
        number = TRY(row.take<std::int64_t>());
    return totals;
}

Result<void> write_totals(Database& database, const AppName& app, const Totals& totals) {
    auto write = TRY(database.query(
        "INSERT OR REPLACE INTO totals (app, succeeded, failed, rolled_back, refused, took, "
        "within_1, within_5, within_15, within_60, within_300, within_900) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        app, totals.succeeded, totals.failed, totals.rolled_back, totals.refused,
        std::int64_t{totals.took.count()}));
    for (const auto number : totals.within)
        write.bind(number);
    (void)TRY(write.step());
    return {};
}

}  // namespace inhaul::ledger
