// SPDX-License-Identifier: Apache-2.0
#include "polls.hpp"

#include <fmt/format.h>

#include "deadlines.hpp"
#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

Result<Live> live_from(Statement& row) {
    Live live;
    live.tree = TRY(row.take<std::optional<CommitId>>());
    live.restarted = TRY(row.take<std::optional<CommitId>>());
    live.switch_incomplete = TRY(row.take<bool>());
    live.since = TRY(row.take<std::optional<TimePoint>>());
    live.last_known_good = TRY(row.take<std::optional<CommitId>>());
    return live;
}

Result<std::optional<PollError>> poll_error_from_row(const Database& database, Statement& row) {
    const auto poll_error = TRY(row.take<std::optional<PollErrorKind>>());
    auto message = TRY(row.take<std::optional<std::string>>());
    auto hint = TRY(row.take<std::optional<std::string>>());
    const auto not_before = TRY(row.take<std::optional<TimePoint>>());
    if (poll_error && message && hint)
        return std::optional{
            PollError{*poll_error, std::move(*message), std::move(*hint), not_before}};
    if (poll_error || message || hint)
        return fail(corrupt(fmt::format("{}: incomplete poll error", database.file())));
    return std::optional<PollError>{};
}

Result<std::optional<Moment>> moment_from(Statement& row) {
    const auto deadline = TRY(row.take<std::optional<Deadline>>());
    return deadline ? std::optional{deadline->begun} : std::nullopt;
}

std::optional<std::string> text_of(const std::optional<Moment>& moment) {
    if (!moment) return std::nullopt;
    return Deadline{.begun = *moment, .length = {}}.text();
}

Result<PollRecord> poll_from(const Database& database, Statement& row, const Moment& now) {
    PollRecord poll;
    auto& poll_state = poll.state;
    poll_state.processed_head = TRY(row.take<std::optional<CommitId>>());
    poll_state.head = TRY(row.take<std::optional<CommitId>>());
    poll_state.polled = TRY(row.take<std::optional<TimePoint>>());
    poll_state.answered = TRY(row.take<std::optional<TimePoint>>());
    poll_state.poll_error = TRY(poll_error_from_row(database, row));
    poll_state.poll_error_since = TRY(row.take<std::optional<TimePoint>>());
    poll_state.failures = TRY(row.take<unsigned>());
    poll_state.undecided = TRY(row.take<unsigned>());
    poll_state.moved_to = TRY(row.take<std::optional<std::string>>());
    poll_state.repository_id = TRY(row.take<std::optional<std::int64_t>>());
    poll_state.token_expires = TRY(row.take<std::optional<TimePoint>>());
    poll_state.settings_hash = TRY(row.take<std::string>());
    poll_state.next_poll = end_of(TRY(row.take<std::optional<Deadline>>()), now);
    poll_state.settings_read = TRY(row.take<std::string>());
    poll_state.polls_changed = TRY(row.take<std::int64_t>());
    poll_state.polls_unchanged = TRY(row.take<std::int64_t>());
    poll_state.polls_failed = TRY(row.take<std::int64_t>());
    poll_state.requests_left = TRY(row.take<std::optional<std::int64_t>>());
    poll_state.method = TRY(row.take<std::optional<PollMethod>>());
    poll_state.session_since = TRY(row.take<std::optional<TimePoint>>());
    poll.head_known = TRY(moment_from(row));
    poll.silent = TRY(moment_from(row));
    return poll;
}

}  // namespace

Result<Live> select_live(Database& database, const AppName& app) {
    auto row = TRY(
        database.query("SELECT tree, restarted, torn, since, good FROM live WHERE app = ?", app));
    if (!TRY(row.step())) return Live{};
    return TRY_WITHIN(fmt::format("read the live commit of {}", app.text()), live_from(row));
}

Result<void> write_live(Database& database, const AppName& app, const Live& live) {
    (void)TRY(database.change(
        "INSERT OR REPLACE INTO live (app, tree, restarted, torn, since, good) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        app, live.tree, live.restarted, live.switch_incomplete, live.since, live.last_known_good));
    return {};
}

Result<PollRecord> select_poll(Database& database, const AppName& app, const Moment& now) {
    auto row = TRY(database.query(
        "SELECT decided, head, asked, answered, trouble, trouble_message, trouble_hint, "
        "trouble_not_before, trouble_since, failures, undecided, moved_to, repository_id, "
        "token_expires, mark, ends, settings_read, polls_changed, polls_unchanged, polls_failed, "
        "requests_left, way, session_since, known, silent FROM watch WHERE app = ?",
        app));
    if (!TRY(row.step())) return PollRecord{};
    return TRY_WITHIN(fmt::format("read the poll state of {}", app.text()),
                      poll_from(database, row, now));
}

Result<void> write_poll(Database& database, const AppName& app, const PollRecord& poll,
                        const Moment& now) {
    const auto& state = poll.state;
    const auto ends =
        state.next_poll ? std::optional{deadline_until(state.next_poll, now).text()} : std::nullopt;
    auto write = TRY(database.query(
        "INSERT OR REPLACE INTO watch (app, decided, head, asked, answered, trouble_since, "
        "failures, undecided, moved_to, repository_id, token_expires, mark, ends, settings_read, "
        "polls_changed, polls_unchanged, polls_failed, requests_left, way, session_since, known, "
        "silent, trouble, trouble_message, trouble_hint, trouble_not_before) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        app, state.processed_head, state.head, state.polled, state.answered, state.poll_error_since,
        state.failures, state.undecided, state.moved_to, state.repository_id, state.token_expires,
        state.settings_hash, ends, state.settings_read, state.polls_changed, state.polls_unchanged,
        state.polls_failed, state.requests_left, state.method, state.session_since,
        text_of(poll.head_known), text_of(poll.silent)));
    if (const auto& poll_error = state.poll_error)
        write.bind(poll_error->kind, poll_error->message, poll_error->hint, poll_error->not_before);
    (void)TRY(write.step());
    return {};
}

Result<void> write_settings_read(Database& database, const AppName& app,
                                 const std::string& settings_hash) {
    (void)TRY(
        database.change("INSERT INTO watch (app, settings_read) VALUES (?1, ?2) "
                        "ON CONFLICT (app) DO UPDATE SET settings_read = ?2",
                        app, settings_hash));
    return {};
}

Result<void> forget_processed_head(Database& database, const AppName& app) {
    (void)TRY(database.change("UPDATE watch SET decided = NULL WHERE app = ?", app));
    return {};
}

Result<ScheduledRun> select_scheduled_run(Database& database, const AppName& app) {
    auto row =
        TRY(database.query("SELECT last, previous, by_what FROM scheduled_run WHERE app = ?", app));
    ScheduledRun run;
    if (!TRY(row.step())) return run;
    run.last = TRY(row.take<std::optional<TimePoint>>());
    run.before = TRY(row.take<std::optional<TimePoint>>());
    run.by = scheduler_from(TRY(row.take<std::string>())).value_or(Scheduler::cron);
    return run;
}

Result<void> write_scheduled_run(Database& database, const AppName& app, Scheduler by,
                                 TimePoint now) {
    (void)TRY(
        database.change("INSERT INTO scheduled_run (app, last, by_what) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (app) DO UPDATE SET previous = last, last = ?2, by_what = ?3",
                        app, now, to_string(by)));
    return {};
}

Result<std::optional<TimePoint>> select_block(Database& database, const std::string& budget,
                                              const Moment& now) {
    auto row = TRY(database.query("SELECT ends FROM budget WHERE name = ?", budget));
    if (!TRY(row.step())) return std::optional<TimePoint>{};
    return end_of(TRY(row.take<Deadline>()), now);
}

Result<void> write_block(Database& database, const std::string& budget, TimePoint until,
                         const Moment& now) {
    auto row = TRY(database.query("SELECT name, ends FROM budget"));
    while (TRY(row.step())) {
        const auto name = TRY(row.take<std::string>());
        if (end_of(TRY(row.take<Deadline>()), now) <= now.wall)
            (void)TRY(database.change("DELETE FROM budget WHERE name = ?", name));
    }
    (void)TRY(database.change("INSERT OR REPLACE INTO budget (name, ends) VALUES (?, ?)", budget,
                              deadline_until(until, now).text()));
    return {};
}

}  // namespace inhaul::ledger
