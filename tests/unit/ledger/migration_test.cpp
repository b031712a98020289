// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <fstream>

#include <fmt/format.h>

#include <ledger/sqlite/open_database.hpp>
#include "children.hpp"
#include "ledger/sqlite/schema.hpp"
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::ledger;
using namespace inhaul::test;

namespace {

/// A step of a future version. It rebuilds a table and fills a new column.
constexpr auto to_next_version = R"sql(
    CREATE TABLE new_live (
        app TEXT NOT NULL PRIMARY KEY, tree TEXT, restarted TEXT, torn INTEGER NOT NULL,
        since INTEGER, good TEXT, colour TEXT NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO new_live SELECT *, 'blue' FROM live;
    DROP TABLE live;
    ALTER TABLE new_live RENAME TO live;
)sql";

std::vector<const char*> steps_and(std::initializer_list<const char*> more) {
    std::vector<const char*> steps{all_steps().begin(), all_steps().end()};
    steps.insert(steps.end(), more);
    return steps;
}

const int today = static_cast<int>(all_steps().size());

/// Creates a ledger of this version with a deployment.
void make_ledger(const Place& place) {
    (void)run_through(*place.open(), shop, successful_states(commit('1')));
}

Database opened(const Place& place) {
    return must(Database::open(place.file, Database::Mode::read_write));
}

/// Creates an empty ledger of an earlier version.
void make_ledger_of_version(std::size_t version, const Place& place) {
    fs::create_directories(place.state);
    std::ofstream{place.file}.flush();
    auto database = opened(place);
    must(database.run_script(fmt::format("PRAGMA application_id = {}", application_id)));
    must(migrate(database, all_steps().first(version)));
}

void die(sqlite3_context* /*context*/, int /*count*/, sqlite3_value** /*values*/) {
    ::raise(SIGKILL);
}

}  // namespace

TEST_CASE("all steps turn an empty database into a ledger") {
    Place place;
    fs::create_directories(place.state);
    std::ofstream{place.file}.flush();
    {
        auto database = opened(place);
        must(migrate(database, all_steps()));
        must(look_at_all(database));
    }
    CHECK(place.number("PRAGMA user_version") == static_cast<int>(all_steps().size()));
}

TEST_CASE("the number of steps is the version that this inhaul writes") {
    // A new step needs its own test, with a ledger of the previous version.
    CHECK(all_steps().size() == 11);
}

TEST_CASE("a ledger of version 1 is migrated with its content") {
    const Place place;
    make_ledger_of_version(1, place);
    place.sql("INSERT INTO watch (app, head) VALUES ('shop', '" + commit('1').hex() + "')");
    const auto ledger = place.open();
    CHECK(must(ledger->poll_state(shop)).head == commit('1'));
    CHECK_FALSE(must(ledger->relay(shop)).connected);
    CHECK(must(ledger->first_time(shop, "key")));
    CHECK_FALSE(must(ledger->first_time(shop, "key")));
}

TEST_CASE(
    "a ledger of version 2 is migrated: a complete and restarted commit is the last known good") {
    const Place place;
    make_ledger_of_version(2, place);
    const auto hex = commit('1').hex();
    place.sql("INSERT INTO live (app, tree, restarted, torn) VALUES ('shop', '" + hex + "', '" +
              hex + "', 0), ('blog', '" + hex + "', NULL, 1)");
    place.sql(
        "INSERT INTO deployment (app, triggered_by, state, target, restart, started) VALUES "
        "('shop', 'poll', 'switching', '" +
        hex + "', 1, 7)");
    const auto ledger = place.open();
    CHECK(must(ledger->live(shop)).last_known_good == commit('1'));
    CHECK_FALSE(must(ledger->live(blog)).last_known_good);
    CHECK(must(ledger->unfinished(shop)).value().state ==
          deployment::State{deployment::Switching{commit('1')}});
    CHECK_FALSE(must(ledger->restrictions(shop)).pause);
    CHECK(must(ledger->actions(std::nullopt, 9)).empty());
}

TEST_CASE("a ledger of version 3 is migrated: no timer is known to have run") {
    const Place place;
    make_ledger_of_version(3, place);
    place.sql("INSERT INTO watch (app, head) VALUES ('shop', '" + commit('1').hex() + "')");
    const auto ledger = place.open();
    CHECK(must(ledger->poll_state(shop)).head == commit('1'));
    CHECK_FALSE(must(ledger->scheduled_run(shop)).last);
    must(ledger->note_scheduled_run(shop, ledger::Scheduler::timer));
    CHECK(must(ledger->scheduled_run(shop)).by == ledger::Scheduler::timer);
}

TEST_CASE("a ledger of version 5 is migrated: no settings are known to have been read") {
    const Place place;
    make_ledger_of_version(5, place);
    place.sql("INSERT INTO watch (app, mark) VALUES ('shop', 'the-mark/budget')");
    place.sql(
        "INSERT INTO deployment (app, triggered_by, state, target, started, finished) VALUES "
        "('shop', 'poll', 'succeeded', '" +
        commit('1').hex() +
        "', 7, 8); INSERT INTO output VALUES (1, 1, 'build', 'make', 'done', 'text')");
    const auto ledger = place.open();
    CHECK(has_read(must(ledger->poll_state(shop)), "the-mark"));
    CHECK_FALSE(has_read(must(ledger->poll_state(shop)), "another"));
    must(ledger->save_settings_read(shop, "another"));
    CHECK(has_read(must(ledger->poll_state(shop)), "another"));
    CHECK_FALSE(must(ledger->deployment(1)).value().outputs.at(0).rollback);
}

TEST_CASE("a ledger of version 6 is migrated: no unit stayed stopped") {
    const Place place;
    make_ledger_of_version(6, place);
    place.sql(
        "INSERT INTO deployment (app, triggered_by, state, target, started, finished) VALUES "
        "('shop', 'poll', 'succeeded', '" +
        commit('1').hex() + "', 7, 8)");
    const auto record = must(place.open()->history(shop, 1)).at(0);
    CHECK(record.left_stopped.empty());
    CHECK(record.state == deployment::State{deployment::Succeeded{commit('1'), true}});
}

TEST_CASE("a future version migrates the ledger with its content") {
    Place place;
    make_ledger(place);
    const auto steps = steps_and({to_next_version, "CREATE TABLE third (x)"});
    {
        auto database = opened(place);
        must(migrate(database, steps));
        must(check_current(database, steps));
    }
    CHECK(place.number("PRAGMA user_version") == today + 2);
    CHECK(place.one("SELECT tree FROM live WHERE colour = 'blue'") == commit('1').hex());
    CHECK(place.number("SELECT count(*) FROM third") == 0);
    CHECK(place.number("SELECT count(*) FROM step") == 7);
    // This version refuses it from now on.
    CHECK(place.open_error().code == ErrorCode::configuration);
}

TEST_CASE("the error for reading an older ledger names the commands that migrate it") {
    Place place;
    make_ledger(place);
    auto database = must(Database::open(place.file, Database::Mode::read_only));
    const auto checked = check_current(database, steps_and({to_next_version}));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::configuration);
    CHECK(checked.error().message.find("older") != std::string::npos);
    CHECK_FALSE(checked.error().hint.empty());
}

TEST_CASE("a ledger of version 7 has its finished deployments counted") {
    const Place place;
    make_ledger_of_version(7, place);
    const auto insert = [&](const std::string& state, const std::string& finished) {
        place.sql(
            "INSERT INTO deployment (app, triggered_by, state, started, finished) VALUES "
            "('shop', 'poll', '" +
            state + "', 1000, " + finished + ")");
    };
    insert("succeeded", "1500");
    insert("succeeded", "5000");
    insert("rolled-back", "61001");
    insert("refused", "500");  // the clock was set back
    insert("planned", "NULL");
    place.sql("INSERT INTO watch (app, head) VALUES ('shop', '" + commit('1').hex() + "')");
    const auto ledger = place.open();
    ledger::Totals expected{.succeeded = 2, .failed = 0, .rolled_back = 1, .refused = 1};
    expected.within = {2, 3, 3, 3, 4, 4};
    expected.took = Milliseconds{500 + 4'000 + 60'001};
    CHECK(must(ledger->totals(shop)) == expected);
    CHECK(must(ledger->totals(blog)) == ledger::Totals{});
    CHECK(must(ledger->poll_state(shop)).polls_changed == 0);
}

TEST_CASE("a step that fails leaves the complete previous version") {
    Place place;
    make_ledger(place);
    const auto steps = steps_and(
        {"CREATE TABLE second (x)", "CREATE TABLE third (x); DELETE FROM deployment; nonsense"});
    {
        auto database = opened(place);
        const auto migrated = migrate(database, steps);
        REQUIRE_FALSE(migrated);
        CHECK(migrated.error().message.find(fmt::format("version {}", today + 2)) !=
              std::string::npos);
    }
    CHECK(place.number("PRAGMA user_version") == today + 1);
    CHECK(place.number("SELECT count(*) FROM sqlite_schema WHERE name = 'second'") == 1);
    CHECK(place.number("SELECT count(*) FROM sqlite_schema WHERE name = 'third'") == 0);
    CHECK(place.number("SELECT count(*) FROM deployment") == 1);
}

TEST_CASE("a migration step that breaks a foreign key is undone") {
    Place place;
    make_ledger(place);
    {
        auto database = opened(place);
        must(database.run_script("PRAGMA foreign_keys = OFF"));
        const auto migrated = migrate(database, steps_and({"DELETE FROM deployment"}));
        REQUIRE_FALSE(migrated);
        CHECK(migrated.error().code == ErrorCode::corrupt);
    }
    CHECK(place.number("PRAGMA user_version") == today);
    CHECK(place.number("SELECT count(*) FROM deployment") == 1);
}

TEST_CASE("a process that is killed in a step leaves the complete previous version") {
    Place place;
    make_ledger(place);
    const auto child = start_child([&] {
        auto database = Database::open(place.file, Database::Mode::read_write);
        if (!database) return false;
        sqlite3_create_function(database->handle(), "die", 0, SQLITE_UTF8, nullptr, die, nullptr,
                                nullptr);
        return migrate(*database, steps_and({"CREATE TABLE second (x); DELETE FROM step; "
                                             "SELECT die()"}))
            .has_value();
    });
    const int status = wait_for(child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);

    CHECK(place.number("PRAGMA user_version") == today);
    CHECK(place.number("SELECT count(*) FROM sqlite_schema WHERE name = 'second'") == 0);
    CHECK(must(place.open()->history(shop, 10)).at(0).steps.size() == 7);
    auto database = opened(place);
    must(migrate(database, steps_and({to_next_version})));
    CHECK(must(database.number("PRAGMA user_version")) == today + 1);
}

TEST_CASE("two processes that migrate at the same time do each step once") {
    Place place;
    make_ledger(place);
    const auto steps = steps_and({"CREATE TABLE second (x)", "CREATE TABLE third (x)"});
    auto faster = opened(place);
    auto slower = opened(place);
    must(faster.run_script(fmt::format(
        "BEGIN IMMEDIATE; CREATE TABLE second (x); PRAGMA user_version = {}", today + 1)));
    // The slower one has read this version when it begins to wait. Then the faster one commits.
    const auto finish = [](void* waited_for, int /*count*/) {
        return static_cast<Database*>(waited_for)->run_script("COMMIT") ? 1 : 0;
    };
    sqlite3_busy_handler(slower.handle(), finish, &faster);
    must(migrate(slower, steps));
    CHECK(place.number("PRAGMA user_version") == today + 2);
    CHECK(place.number("SELECT count(*) FROM third") == 0);
}

TEST_CASE("a ledger of version 8 is migrated: no report and no target is known") {
    const Place place;
    make_ledger_of_version(8, place);
    place.sql(
        "INSERT INTO watch (app, head, trouble, trouble_message, trouble_hint, trouble_since) "
        "VALUES ('shop', '" +
        commit('1').hex() + "', 'unreachable', 'no answer', '', 7)");
    const auto ledger = place.open();
    CHECK(must(ledger->newest_report()) == 0);
    CHECK_FALSE(must(ledger->target("ops")));
    // The beginning of the silence is not known by both clocks: the next failure begins it.
    CHECK_FALSE(must(ledger->check_silence(shop, Milliseconds{1})));
    must(ledger->save_poll_state(shop, must(ledger->poll_state(shop))));
    place.clock.advance(std::chrono::hours{1});
    CHECK_FALSE(must(ledger->check_silence(shop, Milliseconds{1})));
    CHECK(must(ledger->newest_report()) == 1);
}

TEST_CASE("a ledger of version 9 keeps its reports, and the last report of each target") {
    const Place place;
    make_ledger_of_version(9, place);
    place.sql(
        "INSERT INTO report (app, kind, cause, hint, time) VALUES ('shop', 'failed', 'c', '', 7);"
        "INSERT INTO report (app, kind, cause, hint, time) VALUES ('shop', 'failed', 'd', '', 8);"
        "INSERT INTO notify_target (name, done) VALUES ('ops', 1)");
    const auto ledger = place.open();
    const auto target = must(ledger->target("ops")).value();
    const auto reports = must(ledger->reports_after(target.done, 10));
    REQUIRE(reports.size() == 1);
    CHECK(reports.front().cause == "d");
    CHECK_FALSE(reports.front().repeated);
    CHECK_FALSE(target.github.deployment);
}

TEST_CASE("a ledger of version 10 counts the age of its head from the next poll") {
    const Place place;
    make_ledger_of_version(10, place);
    place.sql("INSERT INTO watch (app, head) VALUES ('shop', '" + commit('1').hex() + "')");
    const auto ledger = place.open();
    CHECK_FALSE(must(ledger->restrictions(shop)).head);
    must(ledger->save_poll_state(shop, must(ledger->poll_state(shop))));
    place.clock.advance(std::chrono::hours{1});
    const auto head = must(ledger->restrictions(shop)).head.value();
    CHECK(head.commit == commit('1'));
    CHECK(head.known == std::chrono::hours{1});
}
