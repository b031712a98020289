#include <inhaul/deployment.hpp>

#include <map>
#include <vector>

#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::deployment {
namespace {

using test::commit;

const Error fault{ErrorCode::network, "connect to example.org: refused", {}, true};

/// Every state that can be stored, once.
const std::vector<State> all_states{
    Planned{},
    Fetching{},
    Checking{commit('a')},
    Switching{commit('a'), true},
    Restarting{commit('a'), "run-1"},
    Probing{commit('a'), "run-2"},
    Succeeded{commit('a')},
    Unchanged{commit('a')},
    Failed{fault},
};

const std::vector<Event> all_events{
    Begun{},           Fetched{commit('b')}, Compared{true, true, {}},
    Switched{"run-1"}, Restarted{"run-2"},   Healthy{},
    Faulted{fault},
};

struct Line {
    State from;
    Event event;
    State to;
};

/// The whole table; what it does not name is a defect of the caller's.
const std::vector<Line> table{
    {Planned{}, Begun{}, Fetching{}},
    {Fetching{}, Fetched{commit('b')}, Checking{commit('b')}},
    {Checking{commit('a')}, Compared{true, true, {}}, Switching{commit('a'), true}},
    {Checking{commit('a')}, Compared{true, false, {}}, Switching{commit('a'), false}},
    {Checking{commit('a')}, Compared{false, true, "run-1"}, Restarting{commit('a'), "run-1"}},
    {Checking{commit('a')}, Compared{false, false, {}}, Unchanged{commit('a')}},
    {Switching{commit('a'), true}, Switched{"run-1"}, Restarting{commit('a'), "run-1"}},
    {Switching{commit('a'), false}, Switched{}, Succeeded{commit('a')}},
    {Restarting{commit('a'), "run-1"}, Restarted{"run-2"}, Probing{commit('a'), "run-2"}},
    {Probing{commit('a'), "run-2"}, Healthy{}, Succeeded{commit('a')}},
};

bool in_table(const State& state, const Event& event) {
    for (const auto& line : table)
        if (line.from.index() == state.index() && line.event.index() == event.index()) return true;
    return false;
}

}  // namespace

TEST_CASE("each line of the table leads where it says") {
    for (const auto& line : table) {
        CAPTURE(name_of(line.from), line.event.index());
        CHECK((transition(line.from, line.event) == line.to));
    }
}

TEST_CASE("a fault leads every state that is not final to failed with its cause") {
    for (const auto& state : all_states) {
        if (is_final(state)) continue;
        CAPTURE(name_of(state));
        CHECK((transition(state, Faulted{fault}) == State{Failed{fault}}));
    }
}

TEST_CASE("the machine is total: an event out of place is an internal failure, never a step") {
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

TEST_CASE("a deployment that died before the switch starts over, after it goes on where it was") {
    for (const auto& state : all_states) {
        CAPTURE(name_of(state));
        const auto next = resumed(state, 1);
        if (is_final(state) || !tree_untouched(state))
            CHECK((next == state));
        else
            CHECK((next == State{Planned{}}));
    }
}

TEST_CASE("a crash loop ends in a clear failure") {
    for (const auto& state : all_states) {
        if (is_final(state)) continue;
        CAPTURE(name_of(state));
        CHECK_FALSE(is_final(resumed(state, max_resumptions)));
        const auto next = resumed(state, max_resumptions + 1);
        REQUIRE(std::holds_alternative<Failed>(next));
        const auto& cause = std::get<Failed>(next).cause;
        CHECK_FALSE(cause.transient);
        CHECK(cause.message.find(name_of(state)) != std::string::npos);
    }
}

}  // namespace inhaul::deployment
