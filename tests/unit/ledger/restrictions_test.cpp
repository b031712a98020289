// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;
using std::chrono::hours;

namespace {

const CommitId last_known_good = commit('a');
const CommitId bad = commit('b');
const Rollback back{bad, Error{ErrorCode::failed, "exit status 1", "Look.", false}};

ledger::Restrictions restrictions_of(const Place& place) {
    return must(place.open()->restrictions(shop));
}

}  // namespace

TEST_CASE("an unknown app has no restrictions") {
    Place place;
    const auto restrictions = restrictions_of(place);
    CHECK_FALSE(restrictions.pause);
    CHECK_FALSE(restrictions.pin);
    CHECK_FALSE(restrictions.hold);
    CHECK(restrictions.quarantine.empty());
}

TEST_CASE("a pause survives the process, expires or is ended, and is in the history") {
    Place place;
    const auto ledger = place.open();
    must(ledger->pause(shop, hours{2}, {"ada", "a talk"}));
    const auto pause = restrictions_of(place).pause;
    REQUIRE(pause);
    CHECK(pause->until == place.clock.wall + hours{2});
    CHECK(pause->since == place.clock.wall);
    CHECK(pause->by.who == "ada");
    CHECK(pause->by.why == "a talk");
    CHECK_FALSE(must(ledger->restrictions(blog)).pause);
    place.clock.advance(hours{2});
    CHECK_FALSE(restrictions_of(place).pause);

    must(ledger->pause(shop, std::nullopt, {"bob", ""}));
    place.clock.advance(hours{24 * 365});
    REQUIRE(restrictions_of(place).pause);
    must(ledger->resume(shop, {"eve", "done"}));
    CHECK_FALSE(restrictions_of(place).pause);

    const auto actions = must(ledger->actions(shop, 10));
    REQUIRE(actions.size() == 3);
    CHECK(actions[0].what == "resumed");
    CHECK(actions[0].by.who == "eve");
    CHECK(actions[0].by.why == "done");
    CHECK(actions[1].what == "paused");
    CHECK(actions[2].what == "paused for 2h");
    CHECK(must(ledger->actions(blog, 10)).empty());
    CHECK(must(ledger->actions(std::nullopt, 1)).size() == 1);
}

TEST_CASE("a pin stays until it is removed, and then the head is processed again") {
    Place place;
    const auto ledger = place.open();
    (void)run_through(*ledger, shop, {Succeeded{last_known_good}}, last_known_good);
    must(ledger->pin(shop, bad, {"ada", "a demo"}));
    const auto pin = restrictions_of(place).pin;
    REQUIRE(pin);
    CHECK(pin->commit == bad);
    CHECK(pin->by.why == "a demo");
    CHECK(must(ledger->poll_state(shop)).processed_head == last_known_good);
    must(ledger->unpin(shop, {"ada", ""}));
    CHECK_FALSE(restrictions_of(place).pin);
    CHECK_FALSE(must(ledger->poll_state(shop)).processed_head);
    CHECK(must(ledger->actions(shop, 9)).at(1).what == "pinned to bbbbbbb");
}

TEST_CASE("a rollback quarantines the failed commit as soon as it starts") {
    Place place;
    const auto ledger = place.open();
    auto record = must(ledger->begin(shop, Trigger::poll));
    record.to = bad;
    record.state = Switching{last_known_good, true, back};
    must(ledger->save(record, std::nullopt));
    const auto restrictions = restrictions_of(place);
    REQUIRE(restrictions.quarantined(bad) != nullptr);
    CHECK(restrictions.quarantined(last_known_good) == nullptr);
    CHECK(restrictions.quarantined(bad)->cause == "exit status 1");
    CHECK(restrictions.quarantined(bad)->deployment == record.number);
}

TEST_CASE("a failure of the commit quarantines it, and a success lifts the quarantine") {
    Place place;
    const auto ledger = place.open();
    const State failed = Failed{Error{ErrorCode::failed, "exit status 3"}};
    const auto fail_with = [&](const std::optional<CommitId>& processed_head) {
        auto record = must(ledger->begin(shop, Trigger::poll));
        record.to = bad;
        record.state = failed;
        must(ledger->save(record, processed_head));
    };
    fail_with(std::nullopt);
    CHECK(restrictions_of(place).quarantine.empty());
    fail_with(bad);
    REQUIRE(restrictions_of(place).quarantined(bad) != nullptr);
    CHECK(restrictions_of(place).quarantined(bad)->cause == "exit status 3");
    (void)run_through(*ledger, shop, {Succeeded{bad}});
    CHECK(restrictions_of(place).quarantine.empty());
}

TEST_CASE("a fault of the host quarantines nothing") {
    Place place;
    const auto ledger = place.open();
    const Error killed{ErrorCode::failed, "killed by SIGKILL", {}, true};
    const Rollback through_no_fault{bad, killed};
    (void)run_through(*ledger, shop,
                      {Switching{last_known_good, true, through_no_fault},
                       RolledBack{last_known_good, through_no_fault}},
                      bad);
    CHECK(restrictions_of(place).quarantine.empty());
    // A verified commit is not quarantined either.
    auto record = must(ledger->begin(shop, Trigger::poll));
    record.to = last_known_good;
    record.state = Failed{Error{ErrorCode::failed, "exit status 3"}};
    must(ledger->save(record, last_known_good));
    CHECK(restrictions_of(place).quarantine.empty());
}

TEST_CASE("an acquitted commit leaves the quarantine") {
    Place place;
    const auto ledger = place.open();
    auto record = run_through(
        *ledger, shop, {Switching{last_known_good, true, back}, Activating{last_known_good, back}});
    CHECK(restrictions_of(place).quarantined(bad) != nullptr);
    record.state = Failed{Error{ErrorCode::failed, "exit status 1"}, bad};
    must(ledger->save(record, std::nullopt));
    CHECK(restrictions_of(place).quarantine.empty());
}

TEST_CASE("a retry lifts all quarantines of this app only") {
    Place place;
    const auto ledger = place.open();
    for (const auto& app : {shop, blog})
        (void)run_through(
            *ledger, app,
            {Switching{last_known_good, true, back}, RolledBack{last_known_good, back}}, bad);
    must(ledger->retry(shop, {"ada", ""}));
    CHECK(restrictions_of(place).quarantine.empty());
    CHECK_FALSE(must(ledger->poll_state(shop)).processed_head);
    CHECK(must(ledger->restrictions(blog)).quarantine.size() == 1);
}

TEST_CASE("a hold keeps its time while the commit stays, and ends with the next decision") {
    Place place;
    const auto ledger = place.open();
    const auto begun = place.clock.wall;
    const auto hold_by = [&](const std::string& gate, const CommitId& commit) {
        auto record = must(ledger->begin(shop, Trigger::poll));
        record.to = commit;
        record.state = Held{gate, "not yet", place.clock.wall + hours{1}};
        must(ledger->save(record, std::nullopt));
        place.clock.advance(hours{1});
    };
    hold_by("checks", bad);
    hold_by("checks", bad);
    auto hold = restrictions_of(place).hold;
    REQUIRE(hold);
    CHECK(hold->since == begun);
    CHECK(hold->until == begun + hours{2});
    CHECK(hold->commit == bad);
    CHECK(hold->gate == "checks");
    CHECK(hold->reason == "not yet");
    hold_by("checks", last_known_good);
    CHECK(restrictions_of(place).hold->since == begun + hours{2});
    hold_by("minimum_age", last_known_good);
    CHECK(restrictions_of(place).hold->since == begun + hours{2});
    CHECK(restrictions_of(place).hold->gate == "minimum_age");
    CHECK(must(ledger->history(shop, 9)).empty());
    (void)run_through(*ledger, shop, {Unchanged{last_known_good}});
    CHECK_FALSE(restrictions_of(place).hold);
}

TEST_CASE("the rollback target is the last verified commit") {
    Place place;
    const auto ledger = place.open();
    const auto live = [&] { return must(place.open()->live(shop)); };
    (void)run_through(*ledger, shop,
                      {Switching{last_known_good}, Restarting{last_known_good, "i"},
                       Probing{last_known_good, "j"}});
    CHECK_FALSE(live().last_known_good);
    auto record = must(ledger->unfinished(shop)).value();
    record.state = Succeeded{last_known_good};
    must(ledger->save(record, std::nullopt));
    CHECK(live().last_known_good == last_known_good);

    record = run_through(*ledger, shop,
                         {Switching{bad}, Restarting{bad, "i"}, Probing{bad, "j"},
                          Switching{last_known_good, true, back}});
    CHECK(live().last_known_good == last_known_good);
    CHECK_FALSE(live().restarted);
    for (const State& state : {State{Restarting{last_known_good, "i", back}},
                               State{Probing{last_known_good, "k", back}}}) {
        record.state = state;
        must(ledger->save(record, std::nullopt));
        CHECK_FALSE(live().restarted);
    }
    record.state = RolledBack{last_known_good, back};
    must(ledger->save(record, std::nullopt));
    CHECK(live().restarted == last_known_good);
    CHECK(live().tree == last_known_good);
}

TEST_CASE("one deployment is found by its number") {
    Place place;
    const auto ledger = place.open();
    const auto record = run_through(*ledger, shop, {Succeeded{last_known_good}});
    check_same(must(ledger->deployment(record.number)).value(), record);
    CHECK_FALSE(must(ledger->deployment(99)));
}
