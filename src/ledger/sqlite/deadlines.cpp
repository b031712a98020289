// SPDX-License-Identifier: Apache-2.0
#include "deadlines.hpp"

#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "database.hpp"

namespace inhaul::ledger {
namespace {

/// A table with deadlines, and the key of its rows.
struct Kept {
    std::string_view table;
    std::string_view key;
};
constexpr std::array kept{Kept{"pause", "app"}, Kept{"watch", "app"}, Kept{"budget", "name"},
                          Kept{"notify_target", "name"}};

struct Row {
    std::string key;
    Deadline deadline;
};

Result<std::vector<Row>> begun_before_boot(Database& database, const Kept& where,
                                           const Moment& now) {
    auto row = TRY(database.query(
        fmt::format("SELECT {}, ends FROM {} WHERE ends IS NOT NULL", where.key, where.table)));
    std::vector<Row> found;
    while (TRY(row.step())) {
        auto key = TRY(row.take<std::string>());
        auto deadline = TRY(row.take<Deadline>());
        if (!of_one_boot(deadline.begun, now)) found.push_back({std::move(key), deadline});
    }
    return found;
}

Result<void> begin_again(Database& database, const Kept& where, const Moment& now) {
    for (const auto& [key, deadline] : TRY(begun_before_boot(database, where, now)))
        (void)TRY(database.change(
            fmt::format("UPDATE {} SET ends = ? WHERE {} = ?", where.table, where.key),
            deadline_until(end_of(deadline, now), now).text(), key));
    return {};
}

}  // namespace

/// Checks without the lock first: a change is rare.
Result<void> begin_again_after_boot(Database& database, const Moment& now) {
    bool some = false;
    for (const auto& where : kept)
        some = some || !TRY(begun_before_boot(database, where, now)).empty();
    if (!some) return {};
    return database.writing([&]() -> Result<void> {
        for (const auto& where : kept)
            TRY(begin_again(database, where, now));
        return {};
    });
}

}  // namespace inhaul::ledger
