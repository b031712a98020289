// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;

namespace {

const CommitId old_commit = commit('a');
const CommitId target = commit('b');
const State failed = Failed{Error{ErrorCode::failed, "x"}};

void check_live(const ledger::Live& live, const ledger::Live& expected) {
    CHECK(live.tree == expected.tree);
    CHECK(live.restarted == expected.restarted);
    CHECK(live.switch_incomplete == expected.switch_incomplete);
    CHECK(live.since == expected.since);
}

/// A ledger whose app has run old_commit for an hour, since the start of the clock.
struct Running {
    Place place;
    std::unique_ptr<ledger::Ledger> ledger = place.open();
    TimePoint before = place.clock.wall;
    TimePoint now = before + Milliseconds{3'600'000};
    Running() {
        must(ledger->adopt(shop, old_commit));
        place.sql("UPDATE live SET restarted = tree");
        place.clock.advance(Milliseconds{3'600'000});
    }
    ledger::Live live_after(const std::vector<State>& states) {
        (void)run_through(*ledger, shop, states);
        return must(place.open()->live(shop));
    }
};

}  // namespace

TEST_CASE("an unknown app is not live") {
    Place place;
    check_live(must(place.open()->live(shop)), {});
}

TEST_CASE("an adopted commit is a rollback target, and the running commit is not known") {
    Running running;
    check_live(must(running.ledger->live(blog)), {});
    must(running.ledger->adopt(shop, target));
    const auto live = must(running.ledger->live(shop));
    check_live(live, {target, {}, false, running.now});
    CHECK(live.last_known_good == target);
}

TEST_CASE("a failure past the switch needs another restart") {
    Running running;
    const State crashed = Failed{Error{ErrorCode::failed, "exit status 1"}};
    SECTION("in its hooks") {
        CHECK_FALSE(running.live_after({Activating{old_commit}, crashed}).restarted);
    }
    SECTION("after its restart") {
        CHECK_FALSE(running.live_after({Probing{old_commit, "i"}, crashed}).restarted);
    }
    SECTION("but not a failure before the switch") {
        CHECK(running.live_after({Fetching{}, Checking{target}, crashed}).restarted == old_commit);
        CHECK(running.live_after({Building{target}, crashed}).restarted == old_commit);
    }
}

TEST_CASE("the live commit does not change before the switch is over") {
    Running running;
    const ledger::Live same{old_commit, old_commit, false, running.before};
    SECTION("planned") {
        check_live(running.live_after({}), same);
    }
    SECTION("fetching") {
        check_live(running.live_after({Fetching{}}), same);
    }
    SECTION("checking") {
        check_live(running.live_after({Checking{target}}), same);
    }
    SECTION("unchanged") {
        check_live(running.live_after({Unchanged{target}}), same);
    }
    SECTION("failed") {
        check_live(running.live_after({Checking{target}, failed}), same);
    }
}

TEST_CASE("entering the switch marks it incomplete") {
    Running running;
    const ledger::Live switch_incomplete{old_commit, old_commit, true, running.before};
    SECTION("entered") {
        check_live(running.live_after({Switching{target}}), switch_incomplete);
    }
    SECTION("resumed") {
        check_live(running.live_after({Switching{target}, Switching{target}}), switch_incomplete);
    }
    SECTION("failed in it") {
        check_live(running.live_after({Switching{target}, failed}),
                   {old_commit, {}, true, running.before});
    }
}

TEST_CASE("a failed first switch leaves an incomplete tree without a commit") {
    Place place;
    const auto ledger = place.open();
    (void)run_through(*ledger, shop, {Switching{target}, failed});
    check_live(must(ledger->live(shop)), {std::nullopt, std::nullopt, true, std::nullopt});
}

TEST_CASE("leaving the switch makes the target the live tree") {
    Running running;
    SECTION("for a restart") {
        check_live(running.live_after({Switching{target}, Restarting{target, "i"}}),
                   {target, old_commit, false, running.now});
    }
    SECTION("for a restart that fails") {
        check_live(running.live_after({Switching{target}, Restarting{target, "i"}, failed}),
                   {target, {}, false, running.now});
    }
    SECTION("for the end, with nothing to restart") {
        check_live(running.live_after({Switching{target, false}, Succeeded{target}}),
                   {target, old_commit, false, running.now});
    }
    SECTION("for a probe") {
        check_live(running.live_after({Switching{target}, Probing{target, "i"}}),
                   {target, target, false, running.now});
    }
}

TEST_CASE("a restart without a switch finds the target already in the tree") {
    Running running;
    SECTION("from another program") {
        check_live(running.live_after({Checking{target}, Restarting{target, "i"}}),
                   {target, old_commit, false, running.now});
    }
    SECTION("from inhaul: its time stays") {
        check_live(running.live_after({Checking{old_commit}, Restarting{old_commit, "i"},
                                       Probing{old_commit, "j"}, Succeeded{old_commit}}),
                   {old_commit, old_commit, false, running.before});
    }
}

TEST_CASE("a probe means that the service was restarted with the target") {
    Running running;
    const std::vector<State> way{Switching{target}, Restarting{target, "i"}, Probing{target, "j"}};
    const ledger::Live expected{target, target, false, running.now};
    SECTION("during the probe") {
        check_live(running.live_after(way), expected);
    }
    SECTION("but not after its failure") {
        auto states = way;
        states.push_back(failed);
        check_live(running.live_after(states), {target, {}, false, running.now});
    }
    SECTION("after its success") {
        auto record = must(running.ledger->begin(shop, Trigger::poll));
        for (const auto& state : way) {
            record.state = state;
            must(running.ledger->save(record, std::nullopt));
        }
        running.place.clock.advance(Milliseconds{5000});
        record.state = Succeeded{target};
        must(running.ledger->save(record, std::nullopt));
        check_live(must(running.ledger->live(shop)), expected);
    }
}

TEST_CASE("only a final state sets the time of the end") {
    Running running;
    auto record = must(running.ledger->begin(shop, Trigger::poll));
    for (const auto& state : successful_states(target)) {
        CHECK_FALSE(record.finished);
        record.state = state;
        running.place.clock.advance(Milliseconds{1});
        must(running.ledger->save(record, std::nullopt));
    }
    CHECK(record.finished == running.now + Milliseconds{6});
    CHECK_FALSE(must(running.ledger->unfinished(shop)));
    CHECK(must(running.ledger->history(shop, 1)).at(0).finished == record.finished);
}

TEST_CASE("unchanged leaves no record, with its notes and steps") {
    Place place;
    const auto ledger = place.open();
    auto record = must(ledger->begin(shop, Trigger::poll));
    record.notes = {"a note"};
    record.state = Checking{target};
    must(ledger->save(record, std::nullopt));
    record.state = Unchanged{target};
    must(ledger->save(record, target));
    CHECK(record.finished == place.clock.wall);
    CHECK(must(ledger->history(std::nullopt, 10)).empty());
    CHECK(place.number("SELECT (SELECT count(*) FROM note) + (SELECT count(*) FROM step)") == 0);
    CHECK(must(ledger->poll_state(shop)).processed_head == target);
}

TEST_CASE("the processed head is saved with a final state") {
    Place place;
    const auto ledger = place.open();
    const auto processed_head = [&] { return must(place.open()->poll_state(shop)).processed_head; };
    SECTION("if the save has one") {
        (void)run_through(*ledger, shop, {Switching{target}, failed}, target);
        CHECK(processed_head() == target);
    }
    SECTION("and stays if the save has none") {
        (void)run_through(*ledger, shop, {failed}, old_commit);
        (void)run_through(*ledger, shop, {Succeeded{target}});
        CHECK(processed_head() == old_commit);
    }
    SECTION("but not with another state") {
        auto record = must(ledger->begin(shop, Trigger::poll));
        record.state = Checking{target};
        must(ledger->save(record, target));
        CHECK_FALSE(processed_head());
    }
}

TEST_CASE("the other values of the poll state stay when a head is processed") {
    Place place;
    const auto ledger = place.open();
    ledger::PollState poll_state;
    poll_state.head = target;
    poll_state.settings_hash = "mark";
    must(ledger->save_poll_state(shop, poll_state));
    (void)run_through(*ledger, shop, {Succeeded{target}}, target);
    const auto found = must(ledger->poll_state(shop));
    CHECK(found.head == target);
    CHECK(found.settings_hash == "mark");
    CHECK(found.processed_head == target);
}

TEST_CASE("a deployment of the head is an answer, and ends an earlier poll error") {
    Place place;
    const auto ledger = place.open();
    const PollError refused{PollErrorKind::no_access, "a sentence", "A hint."};
    ledger::PollState poll_state;
    poll_state.polled = place.clock.now() - Seconds{60};
    poll_state.poll_error = refused;
    poll_state.poll_error_since = poll_state.polled;
    poll_state.failures = 3;
    must(ledger->save_poll_state(shop, poll_state));
    const auto begun = place.clock.now();
    SECTION("a poll error from before it") {
        (void)run_through(*ledger, shop, {Succeeded{target}}, target);
        const auto found = must(ledger->poll_state(shop));
        CHECK_FALSE(found.poll_error);
        CHECK_FALSE(found.poll_error_since);
        CHECK(found.answered == begun);
        CHECK(found.failures == 3);  // the watcher decides the time of the next poll
    }
    SECTION("not if a head was received since") {
        auto record = must(ledger->begin(shop, Trigger::manual));
        poll_state.polled = begun + Seconds{60};
        poll_state.answered = begun + Seconds{30};
        must(ledger->save_poll_state(shop, poll_state));
        record.state = Succeeded{target};
        must(ledger->save(record, target));
        const auto found = must(ledger->poll_state(shop));
        CHECK(found.poll_error == refused);
        CHECK(found.answered == begun + Seconds{30});
    }
    SECTION("not if the head is not processed") {
        (void)run_through(*ledger, shop, {Succeeded{target}});
        CHECK(must(ledger->poll_state(shop)).poll_error == refused);
    }
}
