// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include <array>

#include <fmt/format.h>

#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

constexpr std::array tables{"deployment",    "step",   "note",   "live",          "watch",
                            "budget",        "relay",  "event",  "refused_event", "output",
                            "quarantine",    "pause",  "pin",    "hold",          "action",
                            "scheduled_run", "totals", "report", "fault",         "notify_target"};

Result<std::size_t> version_of(Database& database) {
    const auto version = TRY(database.number("PRAGMA user_version"));
    if (version < 0)
        return fail(corrupt(fmt::format("open {}: schema version {}", database.file(), version)));
    return static_cast<std::size_t>(version);
}

/// The next step, inside its transaction. Checks `version` again: another process may have migrated
/// meanwhile.
Result<void> take_step(Database& database, std::size_t version, const char* step) {
    if (TRY(version_of(database)) != version) return {};
    TRY(database.run_script(step));
    auto broken = TRY(database.query("PRAGMA foreign_key_check"));
    if (TRY(broken.step()))
        return fail(corrupt(fmt::format("{}: rows refer to missing rows", database.file())));
    return database.run_script(fmt::format("PRAGMA user_version = {}", version + 1));
}

}  // namespace

Result<void> check_identity(Database& database, Steps steps) {
    if (TRY(database.number("PRAGMA application_id")) != application_id)
        return fail(ErrorCode::configuration,
                    fmt::format("open {}: not a ledger of inhaul", database.file()),
                    "Set --state to another directory, or move the file aside.");
    const auto version = TRY(version_of(database));
    if (version <= steps.size()) return {};
    return fail(
        ErrorCode::configuration,
        fmt::format(
            "open {}: written by a newer version of inhaul (schema version {}; this version "
            "supports up to {})",
            database.file(), version, steps.size()),
        "Install that version again: an older version cannot read this ledger.");
}

Result<void> check_current(Database& database, Steps steps) {
    TRY(check_identity(database, steps));
    const auto version = TRY(version_of(database));
    if (version == steps.size()) return {};
    return fail(
        ErrorCode::configuration,
        fmt::format(
            "open {}: written by an older version of inhaul (schema version {}; this version "
            "needs {})",
            database.file(), version, steps.size()),
        "Restart the agent: `inhaul run`, `once` and `deploy` migrate the ledger.");
}

Result<void> migrate(Database& database, Steps steps) {
    for (auto version = TRY(version_of(database)); version < steps.size(); ++version)
        TRY_WITHIN(fmt::format("migrate the ledger to schema version {}", version + 1),
                   database.writing([&] { return take_step(database, version, steps[version]); }));
    return {};
}

Result<void> look_at_all(Database& database) {
    for (const auto* const table : tables) {
        auto look = database.query(fmt::format("SELECT * FROM {} LIMIT 1", table));
        // A table that is not there.
        if (!look && look.error().code == ErrorCode::internal)
            return fail(corrupt(std::move(look.error().message)));
        auto row = TRY(std::move(look));
        (void)TRY(row.step());
    }
    return {};
}

}  // namespace inhaul::ledger
