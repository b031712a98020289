// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <fmt/format.h>

#include "ledger/sqlite/schema.hpp"
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::ledger;
using namespace inhaul::test;
using namespace std::chrono;

// The wall clock is set ahead, or back, during a wait. The wait keeps its length.

namespace {

const CommitId head = commit('b');
constexpr hours one_day{24};
constexpr hours ten_years{24 * 3653};

/// Begins each kind of wait, for an hour.
void begin_waits(const Place& place) {
    const auto ledger = place.open();
    const auto end = place.clock.wall + hours{1};
    must(ledger->pause(shop, hours{1}, {"ada", ""}));
    must(ledger->block("github", end));
    PollState poll_state;
    poll_state.failures = 1;
    poll_state.polled = place.clock.wall;
    poll_state.next_poll = end;
    must(ledger->save_poll_state(shop, poll_state));
    must(ledger->add_target("team"));
    TargetState target;
    target.next_attempt = end;
    must(ledger->save_target("team", target));
    auto record = must(ledger->begin(shop, Trigger::poll));
    record.to = head;
    record.state = deployment::Held{"minimum_age", "too young", end};
    must(ledger->save(record, std::nullopt));
}

void check_left(ledger::Ledger& ledger, const Place& place, Milliseconds left) {
    const auto end = place.clock.wall + left;
    CHECK(must(ledger.blocked_until("github")) == end);
    CHECK(must(ledger.poll_state(shop)).next_poll == end);
    const auto target = must(ledger.target("team"));
    REQUIRE(target);
    CHECK(target->next_attempt == end);
    const auto pause = must(ledger.restrictions(shop)).pause;
    REQUIRE(pause);
    CHECK(pause->until == end);
}

}  // namespace

TEST_CASE("a wait keeps its length when the clock is set") {
    for (const auto jump : {Milliseconds{one_day}, Milliseconds{ten_years}, Milliseconds{-one_day},
                            Milliseconds{-ten_years}, Milliseconds{seconds{5}}}) {
        Place place;
        place.clock.set_by(-jump);
        begin_waits(place);
        const auto kept_open = place.open();
        place.clock.set_by(jump);
        check_left(*kept_open, place, hours{1});
        place.clock.advance(minutes{40});
        check_left(*kept_open, place, minutes{20});
        check_left(*place.open(), place, minutes{20});
        check_left(*place.open_to_read(), place, minutes{20});
        place.clock.advance(minutes{20});
        CHECK_FALSE(must(kept_open->restrictions(shop)).pause);
        CHECK(must(kept_open->blocked_until("github")) <= place.clock.wall);
    }
}

TEST_CASE("after a boot a wait continues by the wall clock") {
    Place place;
    begin_waits(place);
    place.clock.boot = "two";
    place.clock.mono = SteadyPoint{Milliseconds{500}};
    place.clock.set_by(minutes{10});
    check_left(*place.open_to_read(), place, minutes{50});
    check_left(*place.open(), place, minutes{50});
    // From then on the end is known, even if a time server sets the clock.
    place.clock.set_by(ten_years);
    place.clock.advance(minutes{1});
    check_left(*place.open(), place, minutes{49});
    place.clock.advance(minutes{49});
    CHECK_FALSE(must(place.open()->restrictions(shop)).pause);
}

TEST_CASE("after a start with a clock that was wrong before, a wait has at most its length") {
    Place place;
    place.clock.set_by(ten_years);
    begin_waits(place);
    place.clock.set_by(-ten_years);
    place.clock.boot = "two";
    check_left(*place.open_to_read(), place, hours{1});
    check_left(*place.open(), place, hours{1});
    place.clock.advance(hours{1});
    const auto ledger = place.open();
    CHECK_FALSE(must(ledger->restrictions(shop)).pause);
    CHECK(must(ledger->blocked_until("github")) == place.clock.wall);
    CHECK(must(ledger->poll_state(shop)).next_poll == place.clock.wall);
}

TEST_CASE("on a host without a boot id the wall clock counts") {
    Place place;
    place.clock.boot = "";
    begin_waits(place);
    place.clock.set_by(minutes{10});
    check_left(*place.open_to_read(), place, minutes{50});
}

TEST_CASE("after the clock was set, a gate is checked immediately and gets the elapsed time") {
    Place place;
    begin_waits(place);
    place.clock.advance(minutes{5});
    CHECK(must(place.open()->restrictions(shop)).hold->until == place.clock.wall + minutes{55});
    place.clock.set_by(ten_years);
    auto hold = must(place.open()->restrictions(shop)).hold;
    REQUIRE(hold);
    CHECK(hold->until == place.clock.wall);
    CHECK(hold->held + hold->since_check == minutes{5});
    place.clock.set_by(-ten_years);
    place.clock.boot = "two";
    hold = must(place.open()->restrictions(shop)).hold;
    CHECK(hold->until == place.clock.wall);
    CHECK(hold->held + hold->since_check == minutes{5});
}

TEST_CASE("the time of a deployment is correct and never negative") {
    Place place;
    const auto ledger = place.open();
    auto record = must(ledger->begin(shop, Trigger::manual));
    place.clock.advance(seconds{3});
    place.clock.set_by(-ten_years);
    record.state = deployment::Fetching{};
    must(ledger->save(record, std::nullopt));
    CHECK(record.steps.back().entered - record.started == seconds{3});
    // The record gets its final number after the clock was set forward.
    place.clock.set_by(2 * ten_years);
    record.state = deployment::Switching{head};
    must(ledger->save(record, std::nullopt));
    must(ledger->save(record, std::nullopt));
    CHECK(record.steps.back().entered - record.started == seconds{3});
    place.clock.set_by(-ten_years);
    // Another process resumes it.
    place.clock.set_by(-one_day);
    const auto other = place.open();
    auto found = *must(other->unfinished(shop));
    place.clock.advance(seconds{2});
    found.state = deployment::Checking{head};
    must(other->save(found, std::nullopt));
    place.clock.advance(seconds{2});
    place.clock.set_by(ten_years);
    found.state = deployment::Succeeded{head};
    must(other->save(found, std::nullopt));
    CHECK(*found.finished - found.started == seconds{5});
}

TEST_CASE("a wait of an older version continues for at most its old length") {
    Place place;
    fs::create_directories(place.state);
    std::ofstream{place.file}.flush();
    {
        auto database = must(Database::open(place.file, Database::Mode::read_write));
        must(database.run_script(
            fmt::format("PRAGMA journal_mode = WAL; PRAGMA application_id = {}", application_id)));
        must(migrate(database, all_steps().first(4)));
    }
    const auto at = [&](Milliseconds later) {
        return std::to_string((place.clock.wall + later).time_since_epoch().count());
    };
    place.sql(fmt::format(
        "INSERT INTO pause VALUES ('shop', {1}, 'ada', '', {0}), ('blog', NULL, 'ada', '', {0});"
        "INSERT INTO hold VALUES ('shop', NULL, 'windows', 'closed', NULL, {0});"
        "INSERT INTO watch (app, asked, next_poll) VALUES ('shop', {0}, {1});"
        "INSERT INTO budget VALUES ('github', {2});",
        at(Milliseconds{0}), at(hours{1}), at(ten_years)));
    place.clock.set_by(-ten_years);
    const auto ledger = place.open();
    CHECK(must(ledger->restrictions(shop)).pause->until == place.clock.wall + hours{1});
    CHECK_FALSE(must(ledger->restrictions(blog)).pause->until);
    CHECK(must(ledger->restrictions(shop)).hold->reason == "closed");
    CHECK(must(ledger->poll_state(shop)).next_poll == place.clock.wall + hours{1});
    CHECK(must(ledger->blocked_until("github")) <= place.clock.wall + one_day);
}
