#include "place.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;
using std::chrono::hours;

namespace {

const CommitId good = commit('a');
const CommitId bad = commit('b');
const WayBack back{bad, Error{ErrorCode::failed, "exit status 1", "Look.", false}};

ledger::Standing standing_of(const Place& place) {
    return must(place.open()->standing(shop));
}

}  // namespace

TEST_CASE("an app that was never met stands free") {
    Place place;
    const auto standing = standing_of(place);
    CHECK_FALSE(standing.pause);
    CHECK_FALSE(standing.pin);
    CHECK_FALSE(standing.hold);
    CHECK(standing.quarantine.empty());
}

TEST_CASE("a pause outlives the process, ends by itself or by a word, and is in the history") {
    Place place;
    const auto ledger = place.open();
    must(ledger->pause(shop, hours{2}, {"ada", "a talk"}));
    const auto pause = standing_of(place).pause;
    REQUIRE(pause);
    CHECK(pause->until == place.clock.wall + hours{2});
    CHECK(pause->since == place.clock.wall);
    CHECK(pause->decree.who == "ada");
    CHECK(pause->decree.why == "a talk");
    CHECK_FALSE(must(ledger->standing(blog)).pause);
    place.clock.advance(hours{2});
    CHECK_FALSE(standing_of(place).pause);

    must(ledger->pause(shop, std::nullopt, {"bob", ""}));
    place.clock.advance(hours{24 * 365});
    REQUIRE(standing_of(place).pause);
    must(ledger->resume(shop, {"eve", "done"}));
    CHECK_FALSE(standing_of(place).pause);

    const auto actions = must(ledger->actions(shop, 10));
    REQUIRE(actions.size() == 3);
    CHECK(actions[0].what == "resumed");
    CHECK(actions[0].decree.who == "eve");
    CHECK(actions[0].decree.why == "done");
    CHECK(actions[1].what == "paused");
    CHECK(actions[2].what == "paused for 2h");
    CHECK(must(ledger->actions(blog, 10)).empty());
    CHECK(must(ledger->actions(std::nullopt, 1)).size() == 1);
}

TEST_CASE("a pin stays until it is taken out, and then the head is to be decided on anew") {
    Place place;
    const auto ledger = place.open();
    (void)carried(*ledger, shop, {Succeeded{good}}, good);
    must(ledger->pin(shop, bad, {"ada", "a demo"}));
    const auto pin = standing_of(place).pin;
    REQUIRE(pin);
    CHECK(pin->commit == bad);
    CHECK(pin->decree.why == "a demo");
    CHECK(must(ledger->watch(shop)).decided == good);
    must(ledger->unpin(shop, {"ada", ""}));
    CHECK_FALSE(standing_of(place).pin);
    CHECK_FALSE(must(ledger->watch(shop)).decided);
    CHECK(must(ledger->actions(shop, 9)).at(1).what == "pinned to bbbbbbb");
}

TEST_CASE("a way back quarantines what it leads away from, as soon as it is entered") {
    Place place;
    const auto ledger = place.open();
    auto record = must(ledger->begin(shop, Trigger::poll));
    record.to = bad;
    record.state = Switching{good, true, back};
    must(ledger->save(record, std::nullopt));
    const auto standing = standing_of(place);
    REQUIRE(standing.quarantined(bad) != nullptr);
    CHECK(standing.quarantined(good) == nullptr);
    CHECK(standing.quarantined(bad)->cause == "exit status 1");
    CHECK(standing.quarantined(bad)->deployment == record.number);
}

TEST_CASE("a failure quarantines where the commit was judged, a success lifts it") {
    Place place;
    const auto ledger = place.open();
    const State failed = Failed{Error{ErrorCode::failed, "exit status 3"}};
    const auto fail_with = [&](const std::optional<CommitId>& decided) {
        auto record = must(ledger->begin(shop, Trigger::poll));
        record.to = bad;
        record.state = failed;
        must(ledger->save(record, decided));
    };
    fail_with(std::nullopt);
    CHECK(standing_of(place).quarantine.empty());
    fail_with(bad);
    REQUIRE(standing_of(place).quarantined(bad) != nullptr);
    CHECK(standing_of(place).quarantined(bad)->cause == "exit status 3");
    (void)carried(*ledger, shop, {Succeeded{bad}});
    CHECK(standing_of(place).quarantine.empty());
}

TEST_CASE("what is not the commit's fault quarantines nothing") {
    Place place;
    const auto ledger = place.open();
    const Error killed{ErrorCode::failed, "killed by SIGKILL", {}, true};
    const WayBack through_no_fault{bad, killed};
    (void)carried(*ledger, shop,
                  {Switching{good, true, through_no_fault}, RolledBack{good, through_no_fault}},
                  bad);
    CHECK(standing_of(place).quarantine.empty());
    // Nor a commit that was proven.
    auto record = must(ledger->begin(shop, Trigger::poll));
    record.to = good;
    record.state = Failed{Error{ErrorCode::failed, "exit status 3"}};
    must(ledger->save(record, good));
    CHECK(standing_of(place).quarantine.empty());
}

TEST_CASE("a commit that was acquitted is in quarantine no more") {
    Place place;
    const auto ledger = place.open();
    auto record = carried(*ledger, shop, {Switching{good, true, back}, Activating{good, back}});
    CHECK(standing_of(place).quarantined(bad) != nullptr);
    record.state = Failed{Error{ErrorCode::failed, "exit status 1"}, bad};
    must(ledger->save(record, std::nullopt));
    CHECK(standing_of(place).quarantine.empty());
}

TEST_CASE("to try again lifts every quarantine of the app alone") {
    Place place;
    const auto ledger = place.open();
    for (const auto& app : {shop, blog})
        (void)carried(*ledger, app, {Switching{good, true, back}, RolledBack{good, back}}, bad);
    must(ledger->retry(shop, {"ada", ""}));
    CHECK(standing_of(place).quarantine.empty());
    CHECK_FALSE(must(ledger->watch(shop)).decided);
    CHECK(must(ledger->standing(blog)).quarantine.size() == 1);
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
    auto hold = standing_of(place).hold;
    REQUIRE(hold);
    CHECK(hold->since == begun);
    CHECK(hold->until == begun + hours{2});
    CHECK(hold->commit == bad);
    CHECK(hold->gate == "checks");
    CHECK(hold->reason == "not yet");
    hold_by("checks", good);
    CHECK(standing_of(place).hold->since == begun + hours{2});
    hold_by("minimum_age", good);
    CHECK(standing_of(place).hold->since == begun + hours{2});
    CHECK(standing_of(place).hold->gate == "minimum_age");
    CHECK(must(ledger->history(shop, 9)).empty());
    (void)carried(*ledger, shop, {Unchanged{good}});
    CHECK_FALSE(standing_of(place).hold);
}

TEST_CASE("what is gone back to is the last that was proven") {
    Place place;
    const auto ledger = place.open();
    const auto live = [&] { return must(place.open()->live(shop)); };
    (void)carried(*ledger, shop, {Switching{good}, Restarting{good, "i"}, Probing{good, "j"}});
    CHECK_FALSE(live().good);
    auto record = must(ledger->unfinished(shop)).value();
    record.state = Succeeded{good};
    must(ledger->save(record, std::nullopt));
    CHECK(live().good == good);

    record = carried(
        *ledger, shop,
        {Switching{bad}, Restarting{bad, "i"}, Probing{bad, "j"}, Switching{good, true, back}});
    CHECK(live().good == good);
    CHECK_FALSE(live().restarted);
    for (const State& state :
         {State{Restarting{good, "i", back}}, State{Probing{good, "k", back}}}) {
        record.state = state;
        must(ledger->save(record, std::nullopt));
        CHECK_FALSE(live().restarted);
    }
    record.state = RolledBack{good, back};
    must(ledger->save(record, std::nullopt));
    CHECK(live().restarted == good);
    CHECK(live().tree == good);
}

TEST_CASE("one deployment is found by its number") {
    Place place;
    const auto ledger = place.open();
    const auto record = carried(*ledger, shop, {Succeeded{good}});
    check_same(must(ledger->deployment(record.number)).value(), record);
    CHECK_FALSE(must(ledger->deployment(99)));
}
