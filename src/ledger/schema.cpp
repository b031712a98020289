// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include <array>

#include <fmt/format.h>

#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

// Times are milliseconds since 1970, commits hex digits, states deployment::name_of().
constexpr auto to_version_1 = R"sql(
CREATE TABLE deployment (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    app             TEXT NOT NULL,
    triggered_by    TEXT NOT NULL,
    from_commit     TEXT,
    to_commit       TEXT,
    head            TEXT,
    author          TEXT,
    subject         TEXT,
    committed       INTEGER,
    state           TEXT NOT NULL,
    -- What the state carries; NULL where it carries no such thing.
    target          TEXT,
    restart         INTEGER,
    invocation      TEXT,
    cause_code      TEXT,
    cause_message   TEXT,
    cause_hint      TEXT,
    cause_transient INTEGER,
    resumptions     INTEGER NOT NULL DEFAULT 0,
    started         INTEGER NOT NULL,
    finished        INTEGER
) STRICT;
CREATE INDEX deployment_history ON deployment (app, number);
-- Two unfinished deployments of one app cannot be.
CREATE UNIQUE INDEX deployment_unfinished ON deployment (app) WHERE finished IS NULL;

CREATE TABLE step (
    deployment INTEGER NOT NULL REFERENCES deployment (number) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    state      TEXT NOT NULL,
    entered    INTEGER NOT NULL,
    PRIMARY KEY (deployment, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    deployment INTEGER NOT NULL REFERENCES deployment (number) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    line       TEXT NOT NULL,
    PRIMARY KEY (deployment, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE live (
    app       TEXT NOT NULL PRIMARY KEY,
    tree      TEXT,
    restarted TEXT,
    torn      INTEGER NOT NULL,
    since     INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE watch (
    app                TEXT NOT NULL PRIMARY KEY,
    decided            TEXT,
    head               TEXT,
    asked              INTEGER,
    answered           INTEGER,
    trouble            TEXT,
    trouble_message    TEXT,
    trouble_hint       TEXT,
    trouble_not_before INTEGER,
    trouble_since      INTEGER,
    failures           INTEGER NOT NULL DEFAULT 0,
    undecided          INTEGER NOT NULL DEFAULT 0,
    next_poll          INTEGER,
    moved_to           TEXT,
    repository_id      INTEGER,
    token_expires      INTEGER,
    mark               TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE budget (
    name          TEXT NOT NULL PRIMARY KEY,
    blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

constexpr auto to_version_2 = R"sql(
CREATE TABLE relay (
    app           TEXT NOT NULL PRIMARY KEY,
    connected     INTEGER,
    trouble       TEXT,
    hint          TEXT NOT NULL,
    trouble_since INTEGER,
    reconnects    INTEGER NOT NULL,
    last_event    INTEGER,
    last_word     TEXT NOT NULL,
    last_id       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_event (
    app    TEXT NOT NULL,
    reason TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (app, reason)
) STRICT, WITHOUT ROWID;

-- Those that were genuine, or were taken for it: by what they are known again.
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    app    TEXT NOT NULL,
    key    TEXT NOT NULL,
    heard  INTEGER NOT NULL,
    UNIQUE (app, key)
) STRICT;
)sql";

constexpr auto to_version_3 = R"sql(
-- A state of a rollback: the failed commit. Its cause has the columns of a failure's cause.
ALTER TABLE deployment ADD COLUMN bad TEXT;
-- A refusal: whose, and why.
ALTER TABLE deployment ADD COLUMN gate TEXT;
ALTER TABLE deployment ADD COLUMN gate_reason TEXT;
ALTER TABLE deployment ADD COLUMN origin TEXT NOT NULL DEFAULT '';

ALTER TABLE live ADD COLUMN good TEXT;
UPDATE live SET good = tree WHERE torn = 0 AND (restarted IS NULL OR restarted = tree);

CREATE TABLE output (
    deployment INTEGER NOT NULL REFERENCES deployment (number) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    hook       TEXT NOT NULL,
    command    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    text       TEXT NOT NULL,
    PRIMARY KEY (deployment, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    app        TEXT NOT NULL,
    bad        TEXT NOT NULL,
    cause      TEXT NOT NULL,
    since      INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    PRIMARY KEY (app, bad)
) STRICT, WITHOUT ROWID;

CREATE TABLE pause (
    app    TEXT NOT NULL PRIMARY KEY,
    "until" INTEGER,
    who    TEXT NOT NULL,
    why    TEXT NOT NULL,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pin (
    app    TEXT NOT NULL PRIMARY KEY,
    target TEXT NOT NULL,
    who    TEXT NOT NULL,
    why    TEXT NOT NULL,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
    app    TEXT NOT NULL PRIMARY KEY,
    target TEXT,
    gate   TEXT NOT NULL,
    reason TEXT NOT NULL,
    "until" INTEGER,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE action (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    app    TEXT NOT NULL,
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    who    TEXT NOT NULL,
    why    TEXT NOT NULL
) STRICT;
)sql";

constexpr auto to_version_4 = R"sql(
-- What a timer or cron starts, in place of an agent.
CREATE TABLE scheduled_run (
    app     TEXT NOT NULL PRIMARY KEY,
    last    INTEGER,
    previous INTEGER,
    by_what TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// What `ends` is, deadlines.hpp says. Of what an older inhaul wrote no boot is known, and of a
// budget not even when its block began: a server never asks for more than a day.
constexpr auto to_version_5 = R"sql(
ALTER TABLE pause ADD COLUMN ends TEXT;
UPDATE pause SET ends = since || ' - 0 ' || max("until" - since, 0) WHERE "until" IS NOT NULL;
ALTER TABLE pause DROP COLUMN "until";

ALTER TABLE hold ADD COLUMN ends TEXT NOT NULL DEFAULT '0 - 0 -';
UPDATE hold SET ends = since || ' - 0 ' || coalesce(max("until" - since, 0), '-');
ALTER TABLE hold DROP COLUMN "until";
-- How long its commit had been held when a gate was last asked, as far as that counts.
ALTER TABLE hold ADD COLUMN held INTEGER NOT NULL DEFAULT 0;

ALTER TABLE watch ADD COLUMN ends TEXT;
UPDATE watch SET ends = asked || ' - 0 ' || max(next_poll - asked, 0);
ALTER TABLE watch DROP COLUMN next_poll;

CREATE TABLE new_budget (
    name TEXT NOT NULL PRIMARY KEY,
    ends TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO new_budget
    SELECT name, now || ' - 0 ' || min(max(blocked_until - now, 0), 86400000)
    FROM budget, (SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 AS now);
DROP TABLE budget;
ALTER TABLE new_budget RENAME TO budget;

ALTER TABLE relay ADD COLUMN repository_id INTEGER;
ALTER TABLE relay ADD COLUMN repository TEXT NOT NULL DEFAULT '';
)sql";

constexpr auto to_version_6 = R"sql(
ALTER TABLE output ADD COLUMN back INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watch ADD COLUMN settings_read TEXT NOT NULL DEFAULT '';
)sql";

constexpr auto to_version_7 = R"sql(
-- The names of units that were stopped on purpose, and are left so; between spaces.
ALTER TABLE deployment ADD COLUMN left_stopped TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array steps_so_far{to_version_1, to_version_2, to_version_3, to_version_4,
                                  to_version_5, to_version_6, to_version_7};

constexpr std::array tables{
    "deployment",    "step",   "note",       "live",  "watch", "budget", "relay",  "event",
    "refused_event", "output", "quarantine", "pause", "pin",   "hold",   "action", "scheduled_run"};

Result<std::size_t> version_of(Database& database) {
    const auto version = TRY(database.number("PRAGMA user_version"));
    if (version < 0)
        return fail(corrupt(fmt::format("open {}: schema version {}", database.file(), version)));
    return static_cast<std::size_t>(version);
}

/// The next step, inside its transaction. `version` is looked at again: another process may have
/// migrated meanwhile.
Result<void> take_step(Database& database, std::size_t version, const char* step) {
    if (TRY(version_of(database)) != version) return {};
    TRY(database.run_script(step));
    auto broken = TRY(database.query("PRAGMA foreign_key_check"));
    if (TRY(broken.step()))
        return fail(corrupt(fmt::format("{}: rows refer to missing rows", database.file())));
    return database.run_script(fmt::format("PRAGMA user_version = {}", version + 1));
}

}  // namespace

Steps all_steps() {
    return steps_so_far;
}

Result<void> check_identity(Database& database, Steps steps) {
    if (TRY(database.number("PRAGMA application_id")) != application_id)
        return fail(ErrorCode::configuration,
                    fmt::format("open {}: not a ledger of inhaul", database.file()),
                    "Set --state to another directory, or move the file aside.");
    const auto version = TRY(version_of(database));
    if (version <= steps.size()) return {};
    return fail(ErrorCode::configuration,
                fmt::format("open {}: written by a newer inhaul (schema version {}; this version "
                            "supports up to {})",
                            database.file(), version, steps.size()),
                "Install that version again: an older version cannot read this ledger.");
}

Result<void> check_current(Database& database, Steps steps) {
    TRY(check_identity(database, steps));
    const auto version = TRY(version_of(database));
    if (version == steps.size()) return {};
    return fail(ErrorCode::configuration,
                fmt::format("open {}: written by an older inhaul (schema version {}; this version "
                            "needs {})",
                            database.file(), version, steps.size()),
                "Restart the agent: `inhaul run` migrates the ledger, as do `once` and `deploy`.");
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
