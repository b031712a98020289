// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "schema.hpp"

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

// deadlines.hpp defines `ends`. Rows of an older version have no boot, and budgets have no start
// either. A server never demands more than a day.
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

constexpr auto to_version_8 = R"sql(
-- Records are deleted in time, these numbers are not. How long a deployment took: in milliseconds.
CREATE TABLE totals (
    app         TEXT NOT NULL PRIMARY KEY,
    succeeded   INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    rolled_back INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    within_1    INTEGER NOT NULL,
    within_5    INTEGER NOT NULL,
    within_15   INTEGER NOT NULL,
    within_60   INTEGER NOT NULL,
    within_300  INTEGER NOT NULL,
    within_900  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO totals
    SELECT app, sum(state = 'succeeded'), sum(state = 'failed'), sum(state = 'rolled-back'),
           sum(state = 'refused'), sum(took), sum(took <= 1000), sum(took <= 5000),
           sum(took <= 15000), sum(took <= 60000), sum(took <= 300000), sum(took <= 900000)
    FROM (SELECT app, state, max(finished - started, 0) AS took FROM deployment
          WHERE finished IS NOT NULL)
    GROUP BY app;

ALTER TABLE watch ADD COLUMN polls_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watch ADD COLUMN polls_unchanged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watch ADD COLUMN polls_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watch ADD COLUMN requests_left INTEGER;
ALTER TABLE relay ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr auto to_version_9 = R"sql(
-- Reports to people and programs: see ledger/reports.hpp.
CREATE TABLE report (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    app        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    deployment INTEGER,
    target     TEXT,
    from_commit TEXT,
    author     TEXT,
    subject    TEXT,
    committed  INTEGER,
    cause      TEXT NOT NULL,
    hint       TEXT NOT NULL,
    time       INTEGER NOT NULL
) STRICT;

-- The reported causes that have not cleared.
CREATE TABLE fault (
    number  INTEGER PRIMARY KEY,
    app     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (app, kind, key)
) STRICT;

CREATE TABLE notify_target (
    name        TEXT NOT NULL PRIMARY KEY,
    done        INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    unknown     INTEGER NOT NULL DEFAULT 0,
    sending     INTEGER NOT NULL DEFAULT 0,
    ends        TEXT,
    error       TEXT NOT NULL DEFAULT '',
    error_since INTEGER,
    sent        INTEGER
) STRICT, WITHOUT ROWID;

-- Since when the forge has not answered: see Deadline.
ALTER TABLE watch ADD COLUMN silent TEXT;

-- How the last poll was done.
ALTER TABLE watch ADD COLUMN way TEXT;
ALTER TABLE watch ADD COLUMN session_since INTEGER;
)sql";

constexpr auto to_version_10 = R"sql(
ALTER TABLE report ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0;

-- What GitHub has of the deployments that a target reported: see GitHubState.
ALTER TABLE notify_target ADD COLUMN github_key TEXT NOT NULL DEFAULT '';
ALTER TABLE notify_target ADD COLUMN github_deployment INTEGER;
ALTER TABLE notify_target ADD COLUMN github_commit TEXT;
ALTER TABLE notify_target ADD COLUMN github_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notify_target ADD COLUMN github_open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notify_target ADD COLUMN github_live INTEGER NOT NULL DEFAULT 0;

-- How many messages ended each way, and the place that does not exist any more: see TargetState.
ALTER TABLE notify_target ADD COLUMN count_sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notify_target ADD COLUMN count_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notify_target ADD COLUMN count_expired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notify_target ADD COLUMN gone TEXT NOT NULL DEFAULT '';
)sql";

constexpr auto to_version_11 = R"sql(
-- Since when this host has known the head: see Deadline.
ALTER TABLE watch ADD COLUMN known TEXT;
)sql";

constexpr std::array steps_so_far{to_version_1, to_version_2,  to_version_3, to_version_4,
                                  to_version_5, to_version_6,  to_version_7, to_version_8,
                                  to_version_9, to_version_10, to_version_11};

}  // namespace

Steps all_steps() {
    return steps_so_far;
}

}  // namespace inhaul::ledger
