// SPDX-License-Identifier: Apache-2.0
#include "relays.hpp"

#include <fmt/format.h>

#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

constexpr std::int64_t events_kept = 5000;

Result<std::uint64_t> count_from(const Database& database, Statement& row) {
    const auto count = TRY(row.take<std::int64_t>());
    if (count < 0) return fail(corrupt(fmt::format("{}: a negative count", database.file())));
    return static_cast<std::uint64_t>(count);
}

Result<Relay> relay_from(const Database& database, Statement& row) {
    Relay relay;
    relay.connected = TRY(row.take<std::optional<TimePoint>>());
    relay.error = TRY(row.take<std::optional<std::string>>());
    relay.hint = TRY(row.take<std::string>());
    relay.error_since = TRY(row.take<std::optional<TimePoint>>());
    relay.reconnects = TRY(count_from(database, row));
    relay.last_event = TRY(row.take<std::optional<TimePoint>>());
    relay.last_word = TRY(row.take<std::string>());
    relay.last_id = TRY(row.take<std::string>());
    relay.repository_id = TRY(row.take<std::optional<std::int64_t>>());
    relay.repository = TRY(row.take<std::string>());
    relay.accepted = TRY(count_from(database, row));
    return relay;
}

}  // namespace

Result<Relay> select_relay(Database& database, const AppName& app) {
    const auto intent = fmt::format("read the relay state of {}", app.text());
    Relay relay;
    {
        auto row = TRY(database.query(
            "SELECT connected, trouble, hint, trouble_since, reconnects, last_event, last_word, "
            "last_id, repository_id, repository, accepted FROM relay WHERE app = ?",
            app));
        if (!TRY(row.step())) return relay;
        relay = TRY_WITHIN(intent, relay_from(database, row));
    }
    auto row = TRY(database.query("SELECT reason, count FROM refused_event WHERE app = ?", app));
    while (TRY(row.step())) {
        auto reason = TRY_WITHIN(intent, row.take<std::string>());
        relay.refused[std::move(reason)] = TRY_WITHIN(intent, count_from(database, row));
    }
    return relay;
}

Result<void> write_relay(Database& database, const AppName& app, const Relay& relay) {
    (void)TRY(database.change(
        "INSERT OR REPLACE INTO relay (app, connected, trouble, hint, trouble_since, reconnects, "
        "last_event, last_word, last_id, repository_id, repository, accepted) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        app, relay.connected, relay.error, relay.hint, relay.error_since,
        static_cast<std::int64_t>(relay.reconnects), relay.last_event, relay.last_word,
        relay.last_id, relay.repository_id, relay.repository,
        static_cast<std::int64_t>(relay.accepted)));
    for (const auto& [reason, count] : relay.refused)
        (void)TRY(database.change(
            "INSERT OR REPLACE INTO refused_event (app, reason, count) VALUES (?, ?, ?)", app,
            reason, static_cast<std::int64_t>(count)));
    return {};
}

Result<bool> insert_event(Database& database, const AppName& app, const std::string& key,
                          TimePoint now) {
    const auto added = TRY(database.change(
        "INSERT OR IGNORE INTO event (app, key, heard) VALUES (?, ?, ?)", app, key, now));
    if (added == 0) return false;
    (void)TRY(
        database.change("DELETE FROM event WHERE number IN (SELECT number FROM event WHERE app = ? "
                        "ORDER BY number DESC LIMIT -1 OFFSET ?)",
                        app, events_kept));
    return true;
}

}  // namespace inhaul::ledger
