// SPDX-License-Identifier: Apache-2.0
#include "records.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sqlite_error.hpp"
#include "states.hpp"

namespace inhaul::ledger {
namespace {

using Text = std::optional<std::string>;

/// Read from left to right by record_from().
constexpr auto columns =
    "number, app, triggered_by, from_commit, to_commit, head, author, subject, committed, state, "
    "target, restart, invocation, cause_code, cause_message, cause_hint, cause_transient, bad, "
    "gate, gate_reason, origin, resumptions, started, finished, left_stopped";

Error contradiction(const Database& database, std::string_view what) {
    return corrupt(fmt::format("{}: {}", database.file(), what));
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

Result<std::optional<CommitSummary>> summary_from(const Database& database, Statement& row) {
    auto author = TRY(row.take<Text>());
    auto subject = TRY(row.take<Text>());
    const auto committed = TRY(row.take<std::optional<TimePoint>>());
    if (author && subject && committed)
        return std::optional{CommitSummary{std::move(*author), std::move(*subject), *committed}};
    if (author || subject || committed)
        return fail(contradiction(database, "incomplete summary of a commit"));
    return std::optional<CommitSummary>{};
}

Result<std::optional<Error>> cause_from(const Database& database, Statement& row) {
    const auto code = TRY(row.take<std::optional<ErrorCode>>());
    auto message = TRY(row.take<Text>());
    auto hint = TRY(row.take<Text>());
    const auto transient = TRY(row.take<std::optional<bool>>());
    if (code && message && hint && transient)
        return std::optional{Error{*code, std::move(*message), std::move(*hint), *transient}};
    if (code || message || hint || transient)
        return fail(contradiction(database, "incomplete cause"));
    return std::optional<Error>{};
}

Result<deployment::State> state_from_row(const Database& database, Statement& row) {
    StateColumns found;
    found.name = TRY(row.take<std::string>());
    found.target = TRY(row.take<std::optional<CommitId>>());
    found.restart = TRY(row.take<std::optional<bool>>());
    found.invocation = TRY(row.take<Text>());
    found.cause = TRY(cause_from(database, row));
    found.bad = TRY(row.take<std::optional<CommitId>>());
    found.gate = TRY(row.take<Text>());
    found.gate_reason = TRY(row.take<Text>());
    auto state = state_from(found);
    if (!state)
        return fail(contradiction(database, fmt::format("state cannot be `{}`", found.name)));
    return std::move(*state);
}

Result<Record> record_from(const Database& database, Statement& row, DeploymentNumber number) {
    auto app = TRY(row.take<AppName>());
    Record record{.number = number, .app = std::move(app)};
    record.trigger = TRY(row.take<Trigger>());
    record.from = TRY(row.take<std::optional<CommitId>>());
    record.to = TRY(row.take<std::optional<CommitId>>());
    record.head = TRY(row.take<std::optional<CommitId>>());
    record.summary = TRY(summary_from(database, row));
    record.state = TRY(state_from_row(database, row));
    record.origin = TRY(row.take<std::string>());
    record.resumptions = TRY(row.take<unsigned>());
    record.started = TRY(row.take<TimePoint>());
    record.finished = TRY(row.take<std::optional<TimePoint>>());
    record.left_stopped = words_of(TRY(row.take<std::string>()));
    if (record.finished.has_value() != deployment::is_final(record.state))
        return fail(contradiction(database, "finished does not fit the state"));
    return record;
}

Result<void> select_notes(Database& database, Record& record) {
    auto row = TRY(database.query("SELECT line FROM note WHERE deployment = ? ORDER BY position",
                                  record.number));
    while (TRY(row.step()))
        record.notes.push_back(TRY(row.take<std::string>()));
    return {};
}

Result<void> select_steps(Database& database, Record& record) {
    auto row = TRY(database.query(
        "SELECT state, entered FROM step WHERE deployment = ? ORDER BY position", record.number));
    while (TRY(row.step())) {
        auto state = TRY(row.take<std::string>());
        record.steps.push_back({std::move(state), TRY(row.take<TimePoint>())});
    }
    return {};
}

Result<void> select_outputs(Database& database, Record& record) {
    auto row = TRY(
        database.query("SELECT hook, command, outcome, text, back FROM output WHERE deployment = ? "
                       "ORDER BY position",
                       record.number));
    while (TRY(row.step())) {
        Output output;
        for (auto* const part : {&output.hook, &output.command, &output.outcome, &output.text})
            *part = TRY(row.take<std::string>());
        output.rollback = TRY(row.take<bool>());
        record.outputs.push_back(std::move(output));
    }
    return {};
}

/// While `rows` is open, all reads see one snapshot, independent of other writers.
Result<std::vector<Record>> records_of(Database& database, Statement rows) {
    std::vector<Record> records;
    while (TRY(rows.step())) {
        const auto number = TRY(rows.take<DeploymentNumber>());
        const auto intent = fmt::format("read deployment {}", number);
        auto record = TRY_WITHIN(intent, record_from(database, rows, number));
        TRY_WITHIN(intent, select_notes(database, record));
        TRY_WITHIN(intent, select_steps(database, record));
        TRY_WITHIN(intent, select_outputs(database, record));
        records.push_back(std::move(record));
    }
    return records;
}

Result<void> must_have_changed(int rows, const Record& record) {
    if (rows == 1) return {};
    return fail(ErrorCode::internal, fmt::format("save deployment {} of {}: it is not unfinished",
                                                 record.number, record.app.text()));
}

Result<void> insert_last_step(Database& database, const Record& record) {
    const auto& step = record.steps.back();
    // It exists already if the same state is saved again.
    (void)TRY(database.change(
        "INSERT OR IGNORE INTO step (deployment, position, state, entered) VALUES (?, ?, ?, ?)",
        record.number, static_cast<std::int64_t>(record.steps.size()), step.state, step.entered));
    return {};
}

Result<void> replace_notes(Database& database, const Record& record) {
    (void)TRY(database.change("DELETE FROM note WHERE deployment = ?", record.number));
    std::int64_t position = 0;
    for (const auto& line : record.notes)
        (void)TRY(database.change("INSERT INTO note (deployment, position, line) VALUES (?, ?, ?)",
                                  record.number, ++position, line));
    return {};
}

/// Outputs are only appended.
Result<void> insert_new_outputs(Database& database, const Record& record) {
    std::int64_t position = 0;
    for (const auto& output : record.outputs)
        (void)TRY(database.change(
            "INSERT OR IGNORE INTO output (deployment, position, hook, command, outcome, text, "
            "back) VALUES (?, ?, ?, ?, ?, ?, ?)",
            record.number, ++position, output.hook, output.command, output.outcome, output.text,
            output.rollback));
    return {};
}

}  // namespace

Result<void> insert_record(Database& database, Record& record) {
    const auto state = columns_of(record.state);
    auto row = TRY(database.query(
        "INSERT INTO deployment (number, app, triggered_by, origin, from_commit, state, started) "
        "VALUES ((SELECT max(coalesce(max(number), 0), ?) + 1 FROM deployment), ?, ?, ?, ?, ?, ?) "
        "RETURNING number",
        first_provisional, record.app, record.trigger, record.origin, record.from, state.name,
        record.started));
    if (!TRY(row.step())) return fail(ErrorCode::internal, "record a deployment: no number");
    record.number = TRY(row.take<DeploymentNumber>());
    (void)TRY(row.step());
    return insert_last_step(database, record);
}

Result<void> give_number(Database& database, Record& record) {
    const auto next = TRY(database.number(
        fmt::format("SELECT coalesce(max(number), 0) + 1 FROM deployment WHERE number < {}",
                    first_provisional)));
    // The rows that refer to the deployment are changed with it.
    TRY(database.run_script("PRAGMA defer_foreign_keys = ON"));
    for (const auto* const change : {"UPDATE deployment SET number = ?1 WHERE number = ?2",
                                     "UPDATE step SET deployment = ?1 WHERE deployment = ?2",
                                     "UPDATE note SET deployment = ?1 WHERE deployment = ?2",
                                     "UPDATE output SET deployment = ?1 WHERE deployment = ?2"})
        (void)TRY(database.change(change, next, record.number));
    record.number = next;
    return {};
}

Result<void> update_record(Database& database, const Record& record) {
    const auto state = columns_of(record.state);
    auto update = TRY(database.query(
        "UPDATE deployment SET triggered_by = ?, origin = ?, from_commit = ?, to_commit = ?, head "
        "= ?, state = ?, target = ?, "
        "restart = ?, invocation = ?, bad = ?, gate = ?, gate_reason = ?, resumptions = ?, "
        "finished = ?, author = ?, subject = ?, committed = ?, "
        "cause_code = ?, cause_message = ?, cause_hint = ?, cause_transient = ?, "
        "left_stopped = ? "
        "WHERE finished IS NULL AND number = ?",
        record.trigger, record.origin, record.from, record.to, record.head, state.name,
        state.target, state.restart, state.invocation, state.bad, state.gate, state.gate_reason,
        record.resumptions, record.finished));
    if (const auto& summary = record.summary) {
        update.bind(summary->author, summary->subject, summary->committed);
    } else {
        update.bind(std::nullopt, std::nullopt, std::nullopt);
    }
    if (const auto& cause = state.cause) {
        update.bind(cause->code, cause->message, cause->hint, cause->transient);
    } else {
        update.bind(std::nullopt, std::nullopt, std::nullopt, std::nullopt);
    }
    update.bind(fmt::format("{}", fmt::join(record.left_stopped, " ")), record.number);
    (void)TRY(update.step());
    TRY(must_have_changed(sqlite3_changes(database.handle()), record));
    TRY(replace_notes(database, record));
    TRY(insert_new_outputs(database, record));
    return insert_last_step(database, record);
}

Result<void> delete_record(Database& database, const Record& record) {
    return must_have_changed(
        TRY(database.change("DELETE FROM deployment WHERE finished IS NULL AND number = ?",
                            record.number)),
        record);
}

Result<void> prune_records(Database& database, const AppName& app) {
    const auto prune = [&](TimePoint before, std::int64_t kept) {
        return database.change(
            "DELETE FROM deployment WHERE finished IS NOT NULL AND app = ?1 AND started <= ?3 AND "
            "number <= (SELECT number FROM deployment WHERE finished IS NOT NULL AND app = ?1 "
            "ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            app, kept, before);
    };
    (void)TRY(prune(TimePoint::max(), kept_deployments));
    auto before =
        TRY(database.query("SELECT started FROM deployment WHERE finished IS NOT NULL AND app = ? "
                           "ORDER BY number DESC LIMIT 1 OFFSET 1",
                           app));
    if (!TRY(before.step())) return {};
    (void)TRY(prune(TRY(before.take<TimePoint>()) - kept_for, kept_however_old));
    return {};
}

Result<std::optional<Record>> select_unfinished(Database& database, const AppName& app) {
    auto rows = TRY(database.query(
        fmt::format("SELECT {} FROM deployment WHERE finished IS NULL AND app = ?", columns), app));
    auto found = TRY(records_of(database, std::move(rows)));
    if (found.empty()) return std::optional<Record>{};
    return std::optional{std::move(found.front())};
}

Result<std::optional<Record>> select_record(Database& database, DeploymentNumber number) {
    auto rows = TRY(
        database.query(fmt::format("SELECT {} FROM deployment WHERE number = ?", columns), number));
    auto found = TRY(records_of(database, std::move(rows)));
    if (found.empty()) return std::optional<Record>{};
    return std::optional{std::move(found.front())};
}

Result<std::vector<Record>> select_newest(Database& database, const std::optional<AppName>& app,
                                          std::size_t limit) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const auto rows = static_cast<std::int64_t>(std::min<std::uint64_t>(limit, most));
    const auto sql = [](std::string_view condition) {
        return fmt::format("SELECT {} FROM deployment {} ORDER BY number DESC LIMIT ?", columns,
                           condition);
    };
    if (!app) return records_of(database, TRY(database.query(sql(""), rows)));
    return records_of(database, TRY(database.query(sql("WHERE app = ?"), *app, rows)));
}

}  // namespace inhaul::ledger
