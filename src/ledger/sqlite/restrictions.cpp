// SPDX-License-Identifier: Apache-2.0
#include "restrictions.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace inhaul::ledger {
namespace {

constexpr std::int64_t actions_kept = 1000;

Result<Operator> operator_from(Statement& row) {
    auto who = TRY(row.take<std::string>());
    return Operator{std::move(who), TRY(row.take<std::string>())};
}

Result<std::optional<Pause>> select_pause(Database& database, const AppName& app,
                                          const Moment& now) {
    auto row = TRY(database.query("SELECT who, why, since, ends FROM pause WHERE app = ?", app));
    if (!TRY(row.step())) return std::optional<Pause>{};
    Pause pause;
    pause.by = TRY(operator_from(row));
    pause.since = TRY(row.take<TimePoint>());
    return current(std::move(pause), TRY(row.take<std::optional<Deadline>>()), now);
}

Result<std::optional<Pin>> select_pin(Database& database, const AppName& app) {
    auto row = TRY(database.query("SELECT target, who, why, since FROM pin WHERE app = ?", app));
    if (!TRY(row.step())) return std::optional<Pin>{};
    auto commit = TRY(row.take<CommitId>());
    auto by = TRY(operator_from(row));
    return std::optional{Pin{std::move(commit), std::move(by), TRY(row.take<TimePoint>())}};
}

Result<std::vector<Quarantined>> select_quarantine(Database& database, const AppName& app) {
    auto row =
        TRY(database.query("SELECT bad, cause, since, deployment FROM quarantine WHERE app = ? "
                           "ORDER BY deployment DESC",
                           app));
    std::vector<Quarantined> found;
    while (TRY(row.step())) {
        Quarantined each{.commit = TRY(row.take<CommitId>()), .cause = {}, .since = {}};
        each.cause = TRY(row.take<std::string>());
        each.since = TRY(row.take<TimePoint>());
        each.deployment = TRY(row.take<DeploymentNumber>());
        found.push_back(std::move(each));
    }
    return found;
}

Result<std::optional<KnownHead>> select_known_head(Database& database, const AppName& app,
                                                   const Moment& now) {
    auto row = TRY(database.query(
        "SELECT head, known FROM watch WHERE app = ? AND head IS NOT NULL AND known IS NOT NULL",
        app));
    if (!TRY(row.step())) return std::optional<KnownHead>{};
    auto commit = TRY(row.take<CommitId>());
    const auto known = TRY(row.take<Deadline>());
    return std::optional{KnownHead{std::move(commit), passed(known.begun, now)}};
}

Result<Restrictions> restrictions_of(Database& database, const AppName& app, const Moment& now) {
    Restrictions restrictions;
    restrictions.pause = TRY(select_pause(database, app, now));
    restrictions.pin = TRY(select_pin(database, app));
    restrictions.hold = TRY(select_hold(database, app, now));
    restrictions.quarantine = TRY(select_quarantine(database, app));
    restrictions.head = TRY(select_known_head(database, app, now));
    return restrictions;
}

Result<void> drop(Database& database, std::string_view table, const AppName& app) {
    (void)TRY(database.change(fmt::format("DELETE FROM {} WHERE app = ?", table), app));
    return {};
}

Result<void> insert_quarantined(Database& database, const AppName& app,
                                const Quarantined& quarantined) {
    (void)TRY(database.change(
        "INSERT OR REPLACE INTO quarantine (app, bad, cause, since, deployment) "
        "VALUES (?, ?, ?, ?, ?)",
        app, quarantined.commit, quarantined.cause, quarantined.since, quarantined.deployment));
    (void)TRY(database.change(
        "DELETE FROM quarantine WHERE app = ?1 AND deployment < (SELECT deployment FROM quarantine "
        "WHERE app = ?1 ORDER BY deployment DESC LIMIT 1 OFFSET ?2)",
        app, std::int64_t{quarantines_kept} - 1));
    return {};
}

}  // namespace

Result<Restrictions> select_restrictions(Database& database, const AppName& app,
                                         const Moment& now) {
    return TRY_WITHIN(fmt::format("read the restrictions of {}", app.text()),
                      restrictions_of(database, app, now));
}

Result<void> write_pause(Database& database, const AppName& app, const Operator& by,
                         const Deadline& deadline) {
    (void)TRY(database.change(
        "INSERT OR REPLACE INTO pause (app, who, why, since, ends) VALUES (?, ?, ?, ?, ?)", app,
        by.who, by.why, deadline.begun.wall, deadline.text()));
    return {};
}

Result<void> delete_pause(Database& database, const AppName& app) {
    return drop(database, "pause", app);
}

Result<void> write_pin(Database& database, const AppName& app, const Pin& pin) {
    (void)TRY(database.change(
        "INSERT OR REPLACE INTO pin (app, target, who, why, since) VALUES (?, ?, ?, ?, ?)", app,
        pin.commit, pin.by.who, pin.by.why, pin.since));
    return {};
}

Result<void> delete_pin(Database& database, const AppName& app) {
    return drop(database, "pin", app);
}

Result<std::optional<Hold>> select_hold(Database& database, const AppName& app, const Moment& now) {
    auto row = TRY(database.query(
        "SELECT target, gate, reason, since, held, ends FROM hold WHERE app = ?", app));
    if (!TRY(row.step())) return std::optional<Hold>{};
    Hold hold;
    hold.commit = TRY(row.take<std::optional<CommitId>>());
    hold.gate = TRY(row.take<std::string>());
    hold.reason = TRY(row.take<std::string>());
    hold.since = TRY(row.take<TimePoint>());
    hold.held = Milliseconds{TRY(row.take<std::int64_t>())};
    return std::optional{current(std::move(hold), TRY(row.take<Deadline>()), now)};
}

Result<void> write_hold(Database& database, const AppName& app, const std::optional<Hold>& hold,
                        const Moment& now) {
    if (!hold) return drop(database, "hold", app);
    (void)TRY(database.change(
        "INSERT OR REPLACE INTO hold (app, target, gate, reason, since, held, ends) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        app, hold->commit, hold->gate, hold->reason, hold->since, std::int64_t{hold->held.count()},
        deadline_until(hold->until, now).text()));
    return {};
}

Result<void> change_quarantine(Database& database, const AppName& app,
                               const QuarantineChange& change) {
    if (change.lifted)
        (void)TRY(database.change("DELETE FROM quarantine WHERE app = ? AND bad = ?", app,
                                  *change.lifted));
    return change.added ? insert_quarantined(database, app, *change.added) : Result<void>{};
}

Result<void> lift_quarantines(Database& database, const AppName& app) {
    return drop(database, "quarantine", app);
}

Result<void> insert_action(Database& database, const Action& action) {
    (void)TRY(database.change("INSERT INTO action (app, at, what, who, why) VALUES (?, ?, ?, ?, ?)",
                              action.app, action.at, action.what, action.by.who, action.by.why));
    (void)TRY(database.change(
        "DELETE FROM action WHERE number <= (SELECT max(number) FROM action) - ?", actions_kept));
    return {};
}

Result<std::vector<Action>> select_actions(Database& database, const std::optional<AppName>& app,
                                           std::size_t limit) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    auto row = TRY(
        database.query("SELECT app, at, what, who, why FROM action WHERE ?1 IS NULL OR app = ?1 "
                       "ORDER BY number DESC LIMIT ?2",
                       app, static_cast<std::int64_t>(std::min<std::uint64_t>(limit, most))));
    std::vector<Action> found;
    while (TRY(row.step())) {
        auto name = TRY(row.take<AppName>());
        const auto at = TRY(row.take<TimePoint>());
        auto what = TRY(row.take<std::string>());
        found.push_back({std::move(name), at, std::move(what), TRY(operator_from(row))});
    }
    return found;
}

}  // namespace inhaul::ledger
