// SPDX-License-Identifier: Apache-2.0
#include "reports.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sqlite_error.hpp"

namespace inhaul::ledger {

template <>
struct Column<ReportKind> : TextColumn<ReportKind, report_kind_from> {};

namespace {

Result<Report> report_from(const Database& database, Statement& row) {
    const auto number = TRY(row.take<ReportNumber>());
    auto id = TRY(row.take<std::string>());
    auto app = TRY(row.take<AppName>());
    Report report{.number = number, .id = std::move(id), .app = std::move(app)};
    report.kind = TRY(row.take<ReportKind>());
    report.deployment = TRY(row.take<std::optional<DeploymentNumber>>());
    report.commit = TRY(row.take<std::optional<CommitId>>());
    report.from = TRY(row.take<std::optional<CommitId>>());
    auto author = TRY(row.take<std::optional<std::string>>());
    auto subject = TRY(row.take<std::optional<std::string>>());
    const auto committed = TRY(row.take<std::optional<TimePoint>>());
    if (author && subject && committed)
        report.summary = CommitSummary{std::move(*author), std::move(*subject), *committed};
    else if (author || subject || committed)
        return fail(corrupt(fmt::format("{}: incomplete summary of a commit", database.file())));
    report.cause = TRY(row.take<std::string>());
    report.hint = TRY(row.take<std::string>());
    report.repeated = TRY(row.take<bool>());
    report.time = TRY(row.take<TimePoint>());
    return report;
}

Result<TargetState> target_from(Statement& row, const Moment& now) {
    TargetState state;
    state.done = TRY(row.take<ReportNumber>());
    state.attempts = TRY(row.take<unsigned>());
    state.unknown = TRY(row.take<unsigned>());
    state.sending = TRY(row.take<bool>());
    state.next_attempt = end_of(TRY(row.take<std::optional<Deadline>>()), now);
    state.error = TRY(row.take<std::string>());
    state.error_since = TRY(row.take<std::optional<TimePoint>>());
    state.sent = TRY(row.take<std::optional<TimePoint>>());
    auto& github = state.github;
    github.key = TRY(row.take<std::string>());
    github.deployment = TRY(row.take<std::optional<DeploymentNumber>>());
    github.commit = TRY(row.take<std::optional<CommitId>>());
    github.id = TRY(row.take<std::int64_t>());
    github.open = TRY(row.take<bool>());
    github.live = TRY(row.take<std::int64_t>());
    state.count_sent = TRY(row.take<std::int64_t>());
    state.count_failed = TRY(row.take<std::int64_t>());
    state.count_expired = TRY(row.take<std::int64_t>());
    state.gone = TRY(row.take<std::string>());
    return state;
}

Result<void> insert_report(Database& database, const Report& report) {
    auto insert = TRY(database.query(
        "INSERT INTO report (app, kind, deployment, target, from_commit, cause, hint, repeated, "
        "time, author, subject, committed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        report.app, to_string(report.kind), report.deployment, report.commit, report.from,
        report.cause, report.hint, report.repeated, report.time));
    if (const auto& summary = report.summary)
        insert.bind(summary->author, summary->subject, summary->committed);
    (void)TRY(insert.step());
    return {};
}

Result<void> delete_oldest(Database& database, bool repeated, ReportNumber kept) {
    (void)TRY(database.change(
        "DELETE FROM report WHERE repeated = ? AND number <= (SELECT number FROM report WHERE "
        "repeated = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
        repeated, repeated, kept));
    return {};
}

}  // namespace

Result<Faults> select_faults(Database& database, const AppName& app) {
    auto row = TRY(
        database.query("SELECT kind, key, message FROM fault WHERE app = ? ORDER BY number", app));
    Faults faults;
    while (TRY(row.step())) {
        Fault fault;
        fault.kind = TRY(row.take<ReportKind>());
        fault.key = TRY(row.take<std::string>());
        fault.message = TRY(row.take<std::string>());
        faults.push_back(std::move(fault));
    }
    return faults;
}

Result<void> write_reporting(Database& database, const AppName& app, const Faults& before,
                             const Reporting& reporting) {
    if (reporting.faults != before) {
        (void)TRY(database.change("DELETE FROM fault WHERE app = ?", app));
        for (const auto& fault : reporting.faults)
            (void)TRY(
                database.change("INSERT INTO fault (app, kind, key, message) VALUES (?, ?, ?, ?)",
                                app, to_string(fault.kind), fault.key, fault.message));
    }
    for (const auto& report : reporting.reports)
        TRY(insert_report(database, report));
    if (reporting.reports.empty()) return {};
    TRY(delete_oldest(database, false, reports_kept));
    return delete_oldest(database, true, repeated_reports_kept);
}

Result<ReportNumber> select_newest_report(Database& database) {
    return database.number("SELECT coalesce(max(number), 0) FROM report");
}

Result<std::vector<Report>> select_reports_after(Database& database, ReportNumber number,
                                                 std::size_t limit) {
    auto row = TRY(database.query(
        "SELECT number, id, app, kind, deployment, target, from_commit, author, subject, "
        "committed, cause, hint, repeated, time FROM report WHERE number > ? ORDER BY number LIMIT "
        "?",
        number, static_cast<std::int64_t>(limit)));
    std::vector<Report> reports;
    while (TRY(row.step()))
        reports.push_back(TRY_WITHIN("read a report", report_from(database, row)));
    return reports;
}

Result<std::optional<TargetState>> select_target(Database& database, const std::string& name,
                                                 const Moment& now) {
    auto row = TRY(
        database.query("SELECT done, attempts, unknown, sending, ends, error, error_since, sent, "
                       "github_key, github_deployment, github_commit, github_id, github_open, "
                       "github_live, count_sent, count_failed, count_expired, gone FROM "
                       "notify_target WHERE name = ?",
                       name));
    if (!TRY(row.step())) return std::optional<TargetState>{};
    return std::optional{
        TRY_WITHIN(fmt::format("read the state of the target {}", name), target_from(row, now))};
}

Result<void> insert_target(Database& database, const std::string& name) {
    (void)TRY(
        database.change("INSERT OR IGNORE INTO notify_target (name, done, github_key) VALUES (?, "
                        "(SELECT coalesce(max(number), 0) FROM report), "
                        "lower(hex(randomblob(16))))",
                        name));
    return {};
}

Result<void> update_target(Database& database, const std::string& name, const TargetState& state,
                           const Moment& now) {
    const auto ends = state.next_attempt
                          ? std::optional{deadline_until(state.next_attempt, now).text()}
                          : std::nullopt;
    const auto& github = state.github;
    (void)TRY(database.change(
        "UPDATE notify_target SET done = ?, attempts = ?, unknown = ?, sending = ?, ends = ?, "
        "error = ?, error_since = ?, sent = ?, github_deployment = ?, github_commit = ?, "
        "github_id = ?, github_open = ?, github_live = ?, count_sent = ?, count_failed = ?, "
        "count_expired = ?, gone = ? WHERE name = ?",
        state.done, state.attempts, state.unknown, state.sending, ends, state.error,
        state.error_since, state.sent, github.deployment, github.commit, github.id, github.open,
        github.live, state.count_sent, state.count_failed, state.count_expired, state.gone, name));
    return {};
}

Result<void> delete_other_targets(Database& database, const std::vector<std::string>& names) {
    std::vector<std::string> others;
    {
        auto row = TRY(database.query("SELECT name FROM notify_target"));
        while (TRY(row.step())) {
            auto name = TRY(row.take<std::string>());
            if (std::find(names.begin(), names.end(), name) == names.end())
                others.push_back(std::move(name));
        }
    }
    for (const auto& name : others)
        (void)TRY(database.change("DELETE FROM notify_target WHERE name = ?", name));
    return {};
}

}  // namespace inhaul::ledger
