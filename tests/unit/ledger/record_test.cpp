// SPDX-License-Identifier: Apache-2.0
#include "ledger/sqlite/records.hpp"
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;

namespace {

// Returns a sample of each state. A new state without a sample does not compile.
template <class S>
S sample();
template <>
Planned sample() {
    return {};
}
template <>
Fetching sample() {
    return {};
}
template <>
Checking sample() {
    return {commit('1')};
}
template <>
Building sample() {
    return {commit('2'), false};
}
template <>
Switching sample() {
    return {commit('2'), false};
}
template <>
Activating sample() {
    return {commit('3')};
}
template <>
Restarting sample() {
    return {commit('3'), "invocation before"};
}
template <>
Finishing sample() {
    return {commit('4')};
}
template <>
Concluding sample() {
    return {Refused{"paths", "nothing has changed below src"}, true};
}
template <>
Held sample() {
    return {"minimum_age", "too young", {}};
}
template <>
Refused sample() {
    return {"paths", "nothing has changed below src"};
}
template <>
RolledBack sample() {
    return {commit('7'), {commit('8'), Error{ErrorCode::failed, "exit status 1", "Look.", false}}};
}
template <>
Probing sample() {
    return {commit('4'), "invocation now"};
}
template <>
Succeeded sample() {
    return {commit('5')};
}
template <>
Unchanged sample() {
    return {commit('6')};
}
template <>
Failed sample() {
    return {Error{ErrorCode::no_space, "write x: no space", "Free some.", true}};
}

template <std::size_t... I>
std::vector<State> samples(std::index_sequence<I...> /*indices*/) {
    return {State{sample<std::variant_alternative_t<I, State>>()}...};
}
std::vector<State> every_state() {
    return samples(std::make_index_sequence<std::variant_size_v<State>>{});
}

}  // namespace

TEST_CASE("every state is read back as it was saved") {
    for (const auto& state : every_state()) {
        if (std::holds_alternative<Unchanged>(state) || std::holds_alternative<Held>(state))
            continue;
        DYNAMIC_SECTION(name_of(state)) {
            Place place;
            const auto saved = run_through(*place.open(), shop, {state});
            const auto again = place.open();
            check_same(must(again->history(shop, 10)).at(0), saved);
            const auto unfinished = must(again->unfinished(shop));
            REQUIRE(unfinished.has_value() == !is_final(state));
            if (unfinished) check_same(*unfinished, saved);
        }
    }
}

TEST_CASE("a stored value of a state does not depend on its other values") {
    const Rollback back{commit('8'), Error{ErrorCode::timeout, "not well", "Look.", false}};
    const std::vector<State> states{
        Switching{commit('2'), true, back},
        Activating{commit('2'), back},
        Restarting{commit('3'), "before", back},
        Probing{commit('4'), "now", back},
        Finishing{commit('4'), back},
        Switching{commit('2'), true},
        Restarting{commit('3'), ""},
        Probing{commit('4'), ""},
        Succeeded{commit('5'), false},
        Concluding{Failed{Error{ErrorCode::failed, "both fail", "h", false}, commit('8')}, false},
        Concluding{Failed{Error{ErrorCode::network, "no answer", "", true}}, true},
        Failed{Error{ErrorCode::internal, "", "", false}},
        Failed{Error{ErrorCode::failed, "line\nbreak, \"quotes\", 'single' and \xff", "h", false}},
    };
    for (const auto& state : states) {
        DYNAMIC_SECTION(name_of(state)) {
            Place place;
            const auto ledger = place.open();
            // No value of the earlier state stays.
            const auto saved =
                run_through(*ledger, shop, {Probing{commit('9'), "old", back}, state});
            CHECK(must(ledger->history(shop, 1)).at(0).state == saved.state);
        }
    }
}

TEST_CASE("a state without values keeps no value of the earlier state") {
    Place place;
    (void)run_through(*place.open(), shop, {Switching{commit('1'), true}, Planned{}});
    CHECK(place.one("SELECT target FROM deployment").empty());
    CHECK(place.one("SELECT restart FROM deployment").empty());
}

TEST_CASE("a record is read back completely") {
    Place place;
    const auto ledger = place.open();
    must(ledger->adopt(shop, commit('a')));
    auto record = must(ledger->begin(shop, Trigger::manual, "ada: it is time"));
    CHECK(record.from == commit('a'));
    CHECK(record.started == place.clock.wall);
    place.clock.advance(Milliseconds{1234});
    record.state = Checking{commit('b')};
    record.to = commit('b');
    record.head = *CommitId::parse(std::string(64, 'c'));
    record.summary = CommitSummary{"Ada \"the\" Author", std::string{"subject\0with nul", 16},
                                   TimePoint{Milliseconds{-5}}};
    record.left_stopped = {"web.service", "a\\x2db@1.service"};
    record.notes = {"edits saved in /x", "second", ""};
    record.resumptions = 3;
    record.outputs = {{"build", "npm ci", "done", "one\ntwo\n", true}};
    must(ledger->save(record, std::nullopt));
    record.outputs.push_back({"activate", "bin/migrate", "exit status 3", ""});
    must(ledger->save(record, std::nullopt));
    check_same(must(place.open()->unfinished(shop)).value(), record);

    record.notes.erase(record.notes.begin());
    record.head.reset();
    record.summary.reset();
    must(ledger->save(record, std::nullopt));
    check_same(must(place.open()->unfinished(shop)).value(), record);
}

TEST_CASE("every trigger is read back") {
    for (const auto trigger : {Trigger::poll, Trigger::once, Trigger::manual}) {
        Place place;
        (void)must(place.open()->begin(shop, trigger));
        CHECK(must(place.open()->unfinished(shop)).value().trigger == trigger);
    }
}

TEST_CASE("each entered state is a step with its time, and a repeated save is no step") {
    Place place;
    const auto ledger = place.open();
    auto record = must(ledger->begin(shop, Trigger::poll));
    const auto start = place.clock.wall;
    for (const State& state : {State{Fetching{}}, State{Fetching{}}, State{Planned{}}}) {
        place.clock.advance(Milliseconds{10});
        record.state = state;
        must(ledger->save(record, std::nullopt));
    }
    REQUIRE(record.steps.size() == 3);
    CHECK(record.steps[0].state == "planned");
    CHECK(record.steps[0].entered == start);
    CHECK(record.steps[1].state == "fetching");
    CHECK(record.steps[1].entered == start + Milliseconds{10});
    CHECK(record.steps[2].state == "planned");
    CHECK(record.steps[2].entered == start + Milliseconds{30});
    check_same(must(place.open()->unfinished(shop)).value(), record);
}

TEST_CASE("two unfinished deployments of one app are impossible") {
    Place place;
    const auto ledger = place.open();
    auto first = must(ledger->begin(shop, Trigger::poll));
    (void)must(ledger->begin(blog, Trigger::poll));
    const auto second = ledger->begin(shop, Trigger::manual);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::internal);
    CHECK(must(ledger->unfinished(shop)).value().number == first.number);
    CHECK(place.number("SELECT count(*) FROM step") == 2);
    // The schema prevents it too.
    CHECK(place.try_sql("INSERT INTO deployment (app, triggered_by, state, started) "
                        "VALUES ('shop', 'poll', 'planned', 1)") == SQLITE_CONSTRAINT_UNIQUE);
    first.state = Failed{Error{ErrorCode::network, "no"}};
    must(ledger->save(first, std::nullopt));
    CHECK(first.number == 1);
    CHECK(must(ledger->begin(shop, Trigger::manual)).number == ledger::first_provisional + 3);
}

TEST_CASE("a finished deployment is never changed again") {
    Place place;
    const auto ledger = place.open();
    auto record = run_through(*ledger, shop, {Succeeded{commit('1')}});
    const auto before = record;
    place.clock.advance(Milliseconds{1000});
    record.state = Failed{Error{ErrorCode::internal, "late"}};
    const auto saved = ledger->save(record, commit('2'));
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == ErrorCode::internal);
    check_same(must(ledger->history(shop, 1)).at(0), before);
    CHECK_FALSE(must(ledger->poll_state(shop)).processed_head);
}

TEST_CASE("numbers have no gaps: only a deployment that leaves a record has a number") {
    Place place;
    const auto ledger = place.open();
    const auto one = run_through(
        *ledger, shop,
        {Fetching{}, Checking{commit('1')}, Switching{commit('1')}, Succeeded{commit('1')}});
    CHECK(one.number == 1);
    for (const State& end : {State{Unchanged{commit('1')}}, State{Held{"checks", "pending"}}})
        CHECK(run_through(*ledger, shop, {Fetching{}, Checking{commit('1')}, end}).number >
              ledger::first_provisional);
    auto mistaken = must(ledger->begin(shop, Trigger::manual));
    must(ledger->withdraw(mistaken));
    // Two apps at the same time. The later deployment continues first.
    auto early = must(ledger->begin(shop, Trigger::poll));
    auto late = must(ledger->begin(blog, Trigger::poll));
    for (auto* const record : {&early, &late}) {
        record->notes = {"a note"};
        record->state = Checking{commit('2')};
        must(ledger->save(*record, std::nullopt));
    }
    const auto in_order = must(ledger->history(std::nullopt, 9));
    REQUIRE(in_order.size() == 3);
    CHECK(in_order[0].app == blog);
    CHECK(in_order[1].app == shop);
    late.state = Building{commit('2')};
    must(ledger->save(late, std::nullopt));
    early.state = Refused{"paths", "no"};
    must(ledger->save(early, std::nullopt));
    CHECK(late.number == 2);
    CHECK(early.number == 3);
    check_same(must(ledger->deployment(2)).value(), late);
    check_same(must(ledger->deployment(3)).value(), early);
    CHECK(place.one("PRAGMA foreign_key_check").empty());
    CHECK(place.number("SELECT max(number) FROM deployment") == 3);
}

TEST_CASE("the history of one app or of all apps begins with the newest deployment") {
    Place place;
    const auto ledger = place.open();
    for (const auto& app : {shop, blog, shop})
        (void)run_through(*ledger, app, {Succeeded{commit('1')}});
    (void)must(ledger->begin(blog, Trigger::once));
    const auto numbers = [&](const std::optional<AppName>& app, std::size_t limit) {
        std::vector<ledger::DeploymentNumber> found;
        for (const auto& record : must(ledger->history(app, limit)))
            found.push_back(record.number);
        return found;
    };
    using Numbers = std::vector<ledger::DeploymentNumber>;
    CHECK(numbers(std::nullopt, 10) == Numbers{ledger::first_provisional + 1, 3, 2, 1});
    CHECK(numbers(std::nullopt, 2) == Numbers{ledger::first_provisional + 1, 3});
    CHECK(numbers(shop, 10) == Numbers{3, 1});
    CHECK(numbers(blog, 1) == Numbers{ledger::first_provisional + 1});
    CHECK(numbers(*AppName::parse("none"), 10).empty());
    CHECK(numbers(std::nullopt, 0).empty());
    CHECK(numbers(std::nullopt, std::numeric_limits<std::size_t>::max()) ==
          Numbers{ledger::first_provisional + 1, 3, 2, 1});
}

TEST_CASE("only the newest finished deployments of an app are kept") {
    Place place;
    const auto ledger = place.open();
    (void)run_through(*ledger, blog, {Succeeded{commit('1')}});
    // The largest number that is kept, in one statement: single deployments would take long.
    place.sql(R"(
        WITH RECURSIVE n(i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < 501)
        INSERT INTO deployment (number, app, triggered_by, state, target, started, finished)
            SELECT i, 'shop', 'poll', 'succeeded', printf('%040d', i),
                   1772323200000 + i, 1772323200000 + i FROM n;
        INSERT INTO note (deployment, position, line) VALUES (2, 0, 'old'), (3, 0, 'kept');
        INSERT INTO step (deployment, position, state, entered)
            SELECT number, 0, 'planned', 1 FROM deployment WHERE app = 'shop';)");
    REQUIRE(place.number("SELECT count(*) FROM deployment WHERE app = 'shop'") == 500);

    auto record = must(ledger->begin(shop, Trigger::poll));
    record.state = Fetching{};
    must(ledger->save(record, std::nullopt));
    CHECK(place.number("SELECT count(*) FROM deployment WHERE app = 'shop'") == 501);
    record.state = Failed{Error{ErrorCode::network, "no"}};
    must(ledger->save(record, std::nullopt));

    CHECK(place.number("SELECT count(*) FROM deployment WHERE app = 'shop'") == 500);
    CHECK(place.number("SELECT min(number) FROM deployment WHERE app = 'shop'") == 3);
    CHECK(place.number("SELECT max(number) FROM deployment") == record.number);
    CHECK(place.number("SELECT count(*) FROM deployment WHERE app = 'blog'") == 1);
    CHECK(place.one("SELECT group_concat(line) FROM note") == "kept");
    CHECK(place.number("SELECT count(*) FROM step WHERE deployment = 2") == 0);
}

TEST_CASE("fewer deployments are kept if they are older than a year", "[long]") {
    Place place;
    const auto ledger = place.open();
    for (int i = 0; i < 60; ++i)
        (void)run_through(*ledger, shop, {Succeeded{commit('1')}});
    place.clock.set_by(ledger::kept_for + Milliseconds{1});
    (void)run_through(*ledger, shop, {Succeeded{commit('2')}});
    // A single deployment does not show whether the clock is right.
    CHECK(must(ledger->history(shop, 100)).size() == 61);
    (void)run_through(*ledger, shop, {Succeeded{commit('3')}});
    CHECK(must(ledger->history(shop, 100)).size() == 50);
    CHECK(must(ledger->history(shop, 100)).back().number == 13);
}

TEST_CASE("an impossible row is an error") {
    const std::vector<std::string> damages{
        "state = 'sailing'",
        "app = '../etc'",
        "triggered_by = 'ghost'",
        "target = 'abc'",
        "target = NULL",
        "restart = NULL",
        "restart = 7",
        "from_commit = 'x'",
        "resumptions = -1",
        "resumptions = 99999999999",
        "state = 'failed'",
        "state = 'unchanged'",
        "author = 'without a subject'",
        "finished = 5",
    };
    for (const auto& damage : damages) {
        DYNAMIC_SECTION(damage) {
            Place place;
            (void)run_through(*place.open(), shop, {Switching{commit('1'), true}});
            place.sql("UPDATE deployment SET " + damage);
            const auto ledger = place.open();
            const auto read = ledger->history(std::nullopt, 10);
            REQUIRE_FALSE(read);
            CHECK(read.error().code == ErrorCode::corrupt);
            CHECK(read.error().message.find("deployment 1") != std::string::npos);
            CHECK_FALSE(read.error().hint.empty());
        }
    }
}
