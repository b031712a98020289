// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deployment.hpp>
#include <inhaul/fault.hpp>

#include <map>
#include <vector>

#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::deployment {
namespace {

using test::commit;

const Error fault{ErrorCode::network, "connect to example.org: refused", {}, true};

const Error crash{ErrorCode::failed, "shop.service: exit status 1", {}, false};
const Rollback back{commit('b'), crash};

/// All states that can be stored.
const std::vector<State> all_states{
    Planned{},
    Fetching{},
    Checking{commit('b')},
    Building{commit('b'), true},
    Switching{commit('b'), true},
    Switching{commit('a'), true, back},
    Activating{commit('b')},
    Activating{commit('a'), back},
    Restarting{commit('b'), "run-1"},
    Restarting{commit('a'), "run-1", back},
    Probing{commit('b'), "run-2"},
    Probing{commit('a'), "run-2", back},
    Finishing{commit('b')},
    Finishing{commit('a'), back},
    Concluding{Failed{fault}},
    Succeeded{commit('b')},
    Unchanged{commit('b')},
    Held{"minimum_age", "too young"},
    Refused{"paths", "nothing changed below src"},
    RolledBack{commit('a'), back},
    Failed{fault},
};

const std::vector<Event> all_events{
    Begun{},
    Fetched{commit('b')},
    Compared{},
    BadIsLive{commit('a'), back},
    Built{},
    Switched{false, "run-1"},
    Activated{"run-1"},
    Restarted{"run-2"},
    NothingRuns{},
    Healthy{},
    Finished{},
    GateHolds{{"minimum_age", "too young"}},
    GateRefuses{{"paths", "nothing changed below src"}},
    Faulted{fault},
};

struct Line {
    State from;
    Event event;
    State to;
};

/// The whole table. Other transitions are defects of the caller.
const std::vector<Line> table{
    {Planned{}, Begun{}, Fetching{}},
    {Planned{}, GateHolds{{"pause", "by ada"}}, Held{"pause", "by ada"}},
    {Planned{}, GateRefuses{{"pin", "by ada"}}, Refused{"pin", "by ada"}},
    {Fetching{}, Fetched{commit('b')}, Checking{commit('b')}},
    {Checking{commit('b')}, Compared{true, true}, Switching{commit('b'), true}},
    {Checking{commit('b')}, Compared{true, true, true, true}, Building{commit('b'), true}},
    {Building{commit('b'), false}, Built{}, Switching{commit('b'), false}},
    {Checking{commit('b')}, Compared{true, false}, Switching{commit('b'), false}},
    {Checking{commit('b')}, Compared{false, true, false, true, "run-1"},
     Restarting{commit('b'), "run-1"}},
    {Checking{commit('b')}, Compared{false, true, true, false, "run-1"}, Activating{commit('b')}},
    {Checking{commit('b')}, Compared{false, false}, Unchanged{commit('b')}},
    {Checking{commit('b')}, BadIsLive{commit('a'), back}, Switching{commit('a'), true, back}},
    {Checking{commit('b')}, GateHolds{{"checks", "one is pending"}},
     Held{"checks", "one is pending"}},
    {Checking{commit('b')}, GateRefuses{{"paths", "no"}}, Refused{"paths", "no"}},
    {Building{commit('b')}, GateRefuses{{"checkout", "no"}}, Refused{"checkout", "no"}},
    {Switching{commit('b')}, GateRefuses{{"checkout", "no"}}, Refused{"checkout", "no"}},
    {Switching{commit('b'), true}, Switched{false, "run-1"}, Restarting{commit('b'), "run-1"}},
    {Switching{commit('b'), true}, Switched{true, "run-1"}, Activating{commit('b')}},
    {Switching{commit('b'), false}, Switched{true, {}}, Succeeded{commit('b')}},
    {Switching{commit('b'), false}, Switched{false, {}, true}, Finishing{commit('b')}},
    {Activating{commit('b')}, Activated{"run-1"}, Restarting{commit('b'), "run-1"}},
    {Restarting{commit('b'), "run-1"}, Restarted{"run-2"}, Probing{commit('b'), "run-2"}},
    {Restarting{commit('b'), ""}, NothingRuns{}, Succeeded{commit('b'), false}},
    {Probing{commit('b'), "run-2"}, Healthy{false}, Succeeded{commit('b')}},
    {Probing{commit('b'), "run-2"}, Healthy{true}, Finishing{commit('b')}},
    {Finishing{commit('b')}, Finished{}, Succeeded{commit('b')}},
    // The same steps in a rollback.
    {Switching{commit('a'), true, back}, Switched{false, "run-1"},
     Restarting{commit('a'), "run-1", back}},
    {Switching{commit('a'), true, back}, Switched{true, "run-1"}, Activating{commit('a'), back}},
    {Activating{commit('a'), back}, Activated{"run-1"}, Restarting{commit('a'), "run-1", back}},
    {Restarting{commit('a'), "run-1", back}, Restarted{"run-2"},
     Probing{commit('a'), "run-2", back}},
    {Restarting{commit('a'), "", back}, NothingRuns{}, RolledBack{commit('a'), back}},
    {Probing{commit('a'), "run-2", back}, Healthy{false}, RolledBack{commit('a'), back}},
    {Probing{commit('a'), "run-2", back}, Healthy{true}, Finishing{commit('a'), back}},
    {Finishing{commit('a'), back}, Finished{}, RolledBack{commit('a'), back}},
    // The outcome is known. Only the after hooks have not run.
    {Concluding{Failed{fault}, true}, Finished{}, Failed{fault}},
    {Concluding{Refused{"paths", "no"}}, Finished{}, Refused{"paths", "no"}},
    {Concluding{Refused{"paths", "no"}}, Faulted{crash}, Refused{"paths", "no"}},
};

bool in_table(const State& state, const Event& event) {
    for (const auto& line : table)
        if (line.from.index() == state.index() && line.event.index() == event.index()) return true;
    return false;
}

}  // namespace

TEST_CASE("each transition of the table leads to its state") {
    for (const auto& line : table) {
        CAPTURE(name_of(line.from), line.event.index());
        CHECK((transition(line.from, line.event) == line.to));
    }
}

TEST_CASE("an error that the commit did not cause leads from every state to failed") {
    for (const auto& state : all_states) {
        if (is_final(state) || rollback_of(state) != nullptr) continue;
        CAPTURE(name_of(state));
        CHECK((transition(state, Faulted{fault}) == State{Failed{fault}}));
    }
}

TEST_CASE("a commit that fails after the switch is rolled back to the last known good one") {
    const State expected = Switching{commit('a'), true, back};
    for (const State& state :
         {State{Activating{commit('b')}}, State{Restarting{commit('b'), "run-1"}},
          State{Probing{commit('b'), "run-2"}}}) {
        CAPTURE(name_of(state));
        CHECK((transition(state, Faulted{crash, commit('a')}) == expected));
    }
}

TEST_CASE("before the end of the switch, and after the probe, nothing causes a rollback") {
    for (const auto& state : all_states) {
        const auto name = name_of(state);
        if (is_final(state) || rollback_of(state) != nullptr || name == "activating" ||
            name == "restarting" || name == "probing" || name == "concluding")
            continue;
        CAPTURE(name);
        CHECK((transition(state, Faulted{crash, commit('a')}) == State{Failed{crash}}));
    }
}

TEST_CASE("the last known good commit is not rolled back to itself") {
    CHECK((transition(Probing{commit('b'), "run-2"}, Faulted{crash, commit('b')}) ==
           State{Failed{crash}}));
}

TEST_CASE("an earlier build of the same commit is the rollback target") {
    CHECK((transition(Probing{commit('b'), "run-2"}, Faulted{crash, commit('b'), true}) ==
           State{Switching{commit('b'), true, Rollback{commit('b'), crash}}}));
}

TEST_CASE("only a failure of the commit's own steps blames the commit") {
    const auto error = [](ErrorCode code, bool transient) {
        return Error{code, "x", {}, transient};
    };
    CHECK(is_commit_fault(error(ErrorCode::failed, false)));
    CHECK(is_commit_fault(error(ErrorCode::timeout, false)));
    CHECK_FALSE(is_commit_fault(error(ErrorCode::failed, true)));
    CHECK(causes_rollback(error(ErrorCode::failed, true)));
    CHECK_FALSE(causes_rollback(error(ErrorCode::timeout, true)));
    for (const auto code : {ErrorCode::host, ErrorCode::permission, ErrorCode::io,
                            ErrorCode::no_space, ErrorCode::network, ErrorCode::internal,
                            ErrorCode::not_found, ErrorCode::configuration}) {
        CAPTURE(to_string(code));
        CHECK_FALSE(is_commit_fault(error(code, false)));
        CHECK_FALSE(causes_rollback(error(code, false)));
    }
}

TEST_CASE("a rollback that fails in the same step as the commit acquits the commit") {
    const auto cleared_commit = [](const Error& cause, bool same_step) {
        const auto next =
            transition(Activating{commit('a'), back}, Faulted{cause, {}, false, same_step});
        REQUIRE(std::holds_alternative<Failed>(next));
        return std::get<Failed>(next).cleared_commit;
    };
    CHECK(cleared_commit(crash, true) == commit('b'));
    CHECK_FALSE(cleared_commit(crash, false));
    CHECK_FALSE(cleared_commit(fault, true));
}

TEST_CASE("a failed rollback names both causes") {
    const Error worse{ErrorCode::failed, "shop.service: start limit hit", "Look.", false};
    for (const auto& state : all_states) {
        if (is_final(state) || rollback_of(state) == nullptr) continue;
        CAPTURE(name_of(state));
        const auto next = transition(state, Faulted{worse, commit('c')});
        if (std::holds_alternative<Finishing>(state)) {
            CHECK((next == State{Failed{worse}}));
            continue;
        }
        REQUIRE(std::holds_alternative<Failed>(next));
        const auto& cause = std::get<Failed>(next).cause;
        CHECK(cause.message ==
              "roll back to aaaaaaa: shop.service: start limit hit; the cause of the rollback: "
              "bbbbbbb failed: shop.service: exit status 1");
        CHECK(cause.hint == "Look.");
        const auto again = transition(state, Faulted{rollback_of(state)->cause, commit('c')});
        CHECK(std::get<Failed>(again).cause.message ==
              "roll back to aaaaaaa: shop.service: exit status 1; bbbbbbb failed in the same way");
    }
}

TEST_CASE("an unexpected event is an internal failure, never a transition") {
    for (const auto& state : all_states)
        for (const auto& event : all_events) {
            if (is_final(state) || std::holds_alternative<Faulted>(event) || in_table(state, event))
                continue;
            CAPTURE(name_of(state), event.index());
            const auto next = transition(state, event);
            REQUIRE(std::holds_alternative<Failed>(next));
            CHECK(std::get<Failed>(next).cause.code == ErrorCode::internal);
        }
}

TEST_CASE("nothing leads out of a final state") {
    for (const auto& state : all_states)
        for (const auto& event : all_events)
            if (is_final(state)) CHECK((transition(state, event) == state));
}

TEST_CASE("states have names that differ") {
    std::map<std::string_view, std::size_t> names;
    for (const auto& state : all_states)
        ++names[name_of(state)];
    CHECK(names.size() == all_states.size());
}

TEST_CASE("a killed deployment starts over before the switch, and continues after it") {
    for (const auto& state : all_states) {
        CAPTURE(name_of(state));
        const auto next = resumed(state, 1, commit('a'));
        if (is_final(state) || !tree_untouched(state))
            CHECK((next == state));
        else
            CHECK((next == State{Planned{}}));
    }
}

TEST_CASE("a crash loop ends in a rollback if the commit is live, else in a failure") {
    for (const auto& state : all_states) {
        if (is_final(state)) continue;
        CAPTURE(name_of(state));
        const bool in_rollback = rollback_of(state) != nullptr;
        const auto most = in_rollback ? 2 * max_resumptions : max_resumptions;
        CHECK_FALSE(is_final(resumed(state, most, commit('a'))));
        const auto next = resumed(state, most + 1, commit('a'));
        if (const auto* concluded = std::get_if<Concluding>(&state)) {
            CHECK((next == State{std::get<Failed>(concluded->end)}));
            continue;
        }
        const auto* back_now = rollback_of(next);
        const auto* failed = std::get_if<Failed>(&next);
        REQUIRE((back_now != nullptr || failed != nullptr));
        const auto& cause = back_now != nullptr ? back_now->cause : failed->cause;
        CHECK_FALSE(is_commit_fault(cause));  // the cause of the process's end is unknown
        CHECK(cause.message.find("unexpectedly " + std::to_string(most + 1)) != std::string::npos);
        CHECK(cause.message.find(name_of(state)) != std::string::npos);
        const auto name = name_of(state);
        CHECK((back_now != nullptr) ==
              (name == "activating" || name == "restarting" || name == "probing"));
    }
}

}  // namespace inhaul::deployment
