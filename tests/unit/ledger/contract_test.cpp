// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>

#include "place.hpp"
#include "support/fake_ledger.hpp"

// The same cases for each implementation of the port: the SQLite ledger, and the tests' ledger in
// memory.

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

struct Sqlite {
    Place place;
    FakeClock& clock = place.clock;
    std::unique_ptr<ledger::Ledger> opened = place.open();
    ledger::Ledger& ledger = *opened;
};
struct Memory {
    FakeClock clock;
    FakeLedger fake{clock};
    ledger::Ledger& ledger = fake;
};

const CommitId good_commit = commit('a');
const CommitId bad_commit = commit('b');
const Error bad_exit{ErrorCode::failed, "exit status 1"};
const Error full_disk{ErrorCode::no_space, "write x: no space", "", true};
const Rollback led_back{bad_commit, bad_exit};

std::string text(const std::optional<CommitId>& commit) {
    return commit ? commit->short_form() : "-";
}
std::string text(const std::optional<TimePoint>& time) {
    return time ? std::to_string(time->time_since_epoch().count()) : "-";
}

/// Returns all facts of the port about an app, one on each line.
std::string seen(ledger::Ledger& ledger, const AppName& app) {
    std::string all;
    const auto line = [&](const std::string& what, const std::vector<std::string>& words) {
        all += what;
        for (const auto& word : words)
            all += " " + word;
        all += "\n";
    };
    const auto live = must(ledger.live(app));
    line("live",
         {text(live.tree), text(live.restarted), live.switch_incomplete ? "incomplete" : "complete",
          text(live.since), text(live.last_known_good)});
    const auto totals = must(ledger.totals(app));
    line("totals", {std::to_string(totals.succeeded), std::to_string(totals.failed),
                    std::to_string(totals.rolled_back), std::to_string(totals.refused),
                    std::to_string(totals.within.front()), std::to_string(totals.within.back()),
                    std::to_string(totals.took.count())});
    const auto poll_state = must(ledger.poll_state(app));
    line("watch",
         {text(poll_state.processed_head), text(poll_state.head), text(poll_state.polled),
          text(poll_state.answered), poll_state.poll_error ? poll_state.poll_error->message : "-",
          text(poll_state.poll_error_since), text(poll_state.next_poll),
          std::to_string(poll_state.failures), poll_state.settings_read,
          std::to_string(poll_state.polls_failed), std::to_string(poll_state.undecided),
          poll_state.settings_hash});
    const auto restrictions = must(ledger.restrictions(app));
    if (const auto& pause = restrictions.pause)
        line("pause", {text(pause->until), text(pause->since), pause->by.who});
    if (const auto& pin = restrictions.pin)
        line("pin", {text(pin->commit), text(pin->since), pin->by.who});
    if (const auto& hold = restrictions.hold)
        line("hold",
             {text(hold->commit), hold->gate, hold->reason, text(hold->until), text(hold->since),
              std::to_string(hold->held.count()), std::to_string(hold->since_check.count())});
    if (const auto& head = restrictions.head)
        line("head", {text(head->commit), std::to_string(head->known.count())});
    // One deployment quarantines one commit, except in a random sequence.
    auto quarantine = restrictions.quarantine;
    std::sort(quarantine.begin(), quarantine.end(), [](const auto& one, const auto& other) {
        return one.commit.hex() < other.commit.hex();
    });
    for (const auto& each : quarantine)
        line("quarantine",
             {text(each.commit), each.cause, text(each.since), std::to_string(each.deployment)});
    for (const auto& record : must(ledger.history(app, 500))) {
        const auto number = has_number(record) ? std::to_string(record.number) : "provisional";
        line("record",
             {number, std::string{name_of(record.state)}, text(record.from), text(record.to),
              text(record.head), text(record.started), text(record.finished)});
        for (const auto& step : record.steps)
            line("  step", {step.state, text(step.entered)});
    }
    for (const auto& action : must(ledger.actions(app, 50)))
        line("action", {action.what, text(action.at), action.by.who});
    line("unfinished", {must(ledger.unfinished(app)) ? "yes" : "no"});
    for (const auto& fault : must(ledger.faults(app)))
        line("fault", {std::string{to_string(fault.kind)}, fault.key, fault.message});
    for (const auto& report : must(ledger.reports_after(0, 5000)))
        if (report.app == app)
            line("report", {std::string{to_string(report.kind)}, text(report.commit), report.cause,
                            report.repeated ? "repeated" : "first", text(report.time)});
    return all;
}

}  // namespace

TEMPLATE_TEST_CASE("contract: an unknown app", "", Sqlite, Memory) {
    TestType world;
    CHECK(seen(world.ledger, shop) ==
          "live - - complete - -\ntotals 0 0 0 0 0 0 0\nwatch - - - - - - - 0  0 0 \nunfinished "
          "no\n");
}

TEMPLATE_TEST_CASE("contract: a deployment has a number once it leaves a record", "", Sqlite,
                   Memory) {
    TestType world;
    auto record = must(world.ledger.begin(shop, Trigger::poll, "origin"));
    CHECK_FALSE(has_number(record));
    CHECK(record.steps.size() == 1);
    CHECK_FALSE(world.ledger.begin(shop, Trigger::poll, "origin"));
    record.state = Unchanged{good_commit};
    must(world.ledger.save(record, std::nullopt));
    CHECK(must(world.ledger.history(shop, 10)).empty());

    record = must(world.ledger.begin(shop, Trigger::poll, "origin"));
    for (const State& state : {State{Fetching{}}, State{Checking{good_commit}}}) {
        record.state = state;
        must(world.ledger.save(record, std::nullopt));
        CHECK_FALSE(has_number(record));
    }
    record.state = Refused{"paths", "no"};
    must(world.ledger.save(record, std::nullopt));
    CHECK(record.number == 1);
    CHECK(must(world.ledger.deployment(1))->finished == world.clock.now());
    CHECK(must(world.ledger.history(std::nullopt, 10)).size() == 1);
}

TEMPLATE_TEST_CASE("contract: the time of a deployment never decreases", "", Sqlite, Memory) {
    TestType world;
    auto record = must(world.ledger.begin(shop, Trigger::poll, {}));
    world.clock.advance(minutes{1});
    world.clock.set_by(-hours{5});
    record.state = Fetching{};
    must(world.ledger.save(record, std::nullopt));
    CHECK(record.steps.back().entered == record.started + minutes{1});
}

TEMPLATE_TEST_CASE("contract: a rollback quarantines the failed commit and verifies its target", "",
                   Sqlite, Memory) {
    TestType world;
    (void)run_through(world.ledger, shop, successful_states(good_commit), good_commit);
    world.clock.advance(hours{1});
    (void)run_through(world.ledger, shop,
                      {Fetching{}, Checking{bad_commit}, Switching{bad_commit},
                       Probing{bad_commit, "2"}, Switching{good_commit, true, led_back}});
    CHECK(must(world.ledger.restrictions(shop)).quarantined(bad_commit) != nullptr);
    const auto live = must(world.ledger.live(shop));
    CHECK(live.switch_incomplete);
    CHECK_FALSE(live.restarted);
    CHECK(live.last_known_good == good_commit);
    auto record = *must(world.ledger.unfinished(shop));
    record.head = bad_commit;
    record.state = RolledBack{good_commit, led_back};
    must(world.ledger.save(record, bad_commit));
    CHECK(must(world.ledger.live(shop)).restarted == good_commit);
    CHECK(must(world.ledger.poll_state(shop)).processed_head == bad_commit);
    must(world.ledger.retry(shop, {"ada", ""}));
    CHECK(must(world.ledger.restrictions(shop)).quarantine.empty());
    CHECK_FALSE(must(world.ledger.poll_state(shop)).processed_head);
    CHECK(must(world.ledger.actions(shop, 1)).front().what == "retried");
}

TEMPLATE_TEST_CASE("contract: an end with a known cause is reported as repeated", "", Sqlite,
                   Memory) {
    TestType world;
    for (const auto& end :
         {State{Failed{bad_exit}}, State{Failed{bad_exit}}, State{Failed{full_disk}},
          State{Succeeded{good_commit}}, State{Failed{bad_exit}},
          State{RolledBack{good_commit, led_back}}, State{RolledBack{good_commit, led_back}},
          State{Refused{"g", "no"}}, State{Refused{"g", "no"}}})
        (void)run_through(world.ledger, shop, {Checking{good_commit}, Switching{good_commit}, end},
                          std::nullopt);
    std::string repeated;
    for (const auto& report : must(world.ledger.reports_after(0, 100)))
        if (report.kind != ReportKind::started && report.kind != ReportKind::recovered)
            repeated += report.repeated ? "r" : "n";
    CHECK(repeated == "nrnnnnrnr");
}

TEMPLATE_TEST_CASE("contract: a target keeps the state on GitHub", "", Sqlite, Memory) {
    TestType world;
    must(world.ledger.add_target("shop/report.github"));
    auto state = must(world.ledger.target("shop/report.github")).value();
    CHECK_FALSE(state.github.key.empty());
    state.github.deployment = 17;
    state.github.commit = good_commit;
    state.github.id = 5'000'000'000;
    state.github.open = true;
    state.github.live = 4;
    must(world.ledger.save_target("shop/report.github", state));
    CHECK(must(world.ledger.target("shop/report.github"))->github == state.github);
    must(world.ledger.add_target("other"));
    CHECK(must(world.ledger.target("other"))->github.key != state.github.key);
}

TEMPLATE_TEST_CASE("contract: a fault of the host quarantines nothing", "", Sqlite, Memory) {
    TestType world;
    (void)run_through(world.ledger, shop, successful_states(good_commit), good_commit);
    (void)run_through(world.ledger, shop,
                      {Fetching{}, Checking{bad_commit}, Switching{bad_commit}, Failed{full_disk}});
    CHECK(must(world.ledger.restrictions(shop)).quarantine.empty());
    CHECK_FALSE(must(world.ledger.live(shop)).restarted);
    CHECK(must(world.ledger.live(shop)).switch_incomplete);
    must(world.ledger.undone(shop, good_commit, true));
    CHECK_FALSE(must(world.ledger.live(shop)).switch_incomplete);
    CHECK(must(world.ledger.live(shop)).restarted == good_commit);
}

TEMPLATE_TEST_CASE("contract: a hold counts its time while the commit stays", "", Sqlite, Memory) {
    TestType world;
    const auto hold = [&](const CommitId& about) {
        auto record = must(world.ledger.begin(shop, Trigger::poll, {}));
        record.to = record.head = about;
        record.state = Held{"checks", "pending", world.clock.now() + minutes{5}};
        must(world.ledger.save(record, std::nullopt));
        return *must(world.ledger.restrictions(shop)).hold;
    };
    const auto first = hold(good_commit);
    CHECK(must(world.ledger.poll_state(shop)).head == good_commit);
    world.clock.advance(minutes{3});
    CHECK(must(world.ledger.restrictions(shop)).hold->since_check == minutes{3});
    const auto second = hold(good_commit);
    CHECK(second.held == minutes{3});
    CHECK(second.since == first.since);
    CHECK(second.since_check == Milliseconds{0});
    CHECK(hold(bad_commit).held == Milliseconds{0});
    world.clock.advance(minutes{2});
    (void)run_through(world.ledger, shop, {Held{"pause", "paused"}}, {});
    const auto paused = *must(world.ledger.restrictions(shop)).hold;
    CHECK(paused.gate == "checks");
    CHECK(paused.held + paused.since_check == minutes{2});
    (void)run_through(world.ledger, shop, successful_states(good_commit), good_commit);
    CHECK_FALSE(must(world.ledger.restrictions(shop)).hold);
}

TEMPLATE_TEST_CASE("contract: the time for which a head is known ends with another head only", "",
                   Sqlite, Memory) {
    TestType world;
    const auto known = [&] { return must(world.ledger.restrictions(shop)).head.value().known; };
    ledger::PollState poll_state;
    poll_state.head = bad_commit;
    must(world.ledger.save_poll_state(shop, poll_state));
    world.clock.advance(minutes{3});
    CHECK(known() == minutes{3});
    must(world.ledger.save_poll_state(shop, poll_state));
    (void)run_through(world.ledger, shop, successful_states(good_commit), {});
    (void)run_through(world.ledger, shop, {Held{"pause", "paused"}}, {});
    (void)run_through(world.ledger, shop, {Fetching{}, Checking{bad_commit}, Failed{full_disk}},
                      bad_commit);
    CHECK(known() == minutes{3});
    poll_state.head = good_commit;
    must(world.ledger.save_poll_state(shop, poll_state));
    CHECK(known() == Milliseconds{0});
}

TEMPLATE_TEST_CASE("contract: a deployment ends an earlier poll error", "", Sqlite, Memory) {
    TestType world;
    ledger::PollState poll_state;
    poll_state.polled = poll_state.poll_error_since = world.clock.now();
    poll_state.poll_error = PollError{PollErrorKind::unreachable, "no answer", "", std::nullopt};
    poll_state.processed_head = bad_commit;  // belongs to save()
    poll_state.settings_read = "something";  // belongs to save_settings_read()
    must(world.ledger.save_settings_read(shop, "mark"));
    must(world.ledger.save_poll_state(shop, poll_state));
    CHECK_FALSE(must(world.ledger.poll_state(shop)).processed_head);
    CHECK(must(world.ledger.poll_state(shop)).settings_read == "mark");
    world.clock.advance(minutes{1});
    (void)run_through(world.ledger, shop, successful_states(good_commit), good_commit);
    const auto after = must(world.ledger.poll_state(shop));
    CHECK_FALSE(after.poll_error);
    CHECK(after.head == good_commit);
    CHECK(after.processed_head == good_commit);
    CHECK(after.answered == world.clock.now());
}

TEMPLATE_TEST_CASE("contract: a withdrawn deployment leaves nothing", "", Sqlite, Memory) {
    TestType world;
    const auto record = must(world.ledger.begin(shop, Trigger::manual, {}));
    must(world.ledger.withdraw(record));
    CHECK_FALSE(must(world.ledger.unfinished(shop)));
    CHECK(must(world.ledger.history(shop, 10)).empty());
}

TEMPLATE_TEST_CASE("contract: an event, a schedule and a block are stored", "", Sqlite, Memory) {
    TestType world;
    CHECK(must(world.ledger.first_time(shop, "key")));
    CHECK_FALSE(must(world.ledger.first_time(shop, "key")));
    CHECK(must(world.ledger.first_time(blog, "key")));
    must(world.ledger.note_scheduled_run(shop, ledger::Scheduler::cron));
    const auto before = world.clock.now();
    world.clock.advance(minutes{5});
    must(world.ledger.note_scheduled_run(shop, ledger::Scheduler::timer));
    const auto run = must(world.ledger.scheduled_run(shop));
    CHECK(run.last == world.clock.now());
    CHECK(run.before == before);
    CHECK(run.by == ledger::Scheduler::timer);
    CHECK_FALSE(must(world.ledger.blocked_until("host")));
    must(world.ledger.block("host", world.clock.now() + minutes{1}));
    CHECK(must(world.ledger.blocked_until("host")) == world.clock.now() + minutes{1});
}

namespace {

/// Both implementations. Each change is made in both.
struct Both {
    Sqlite real;
    Memory fake;
    std::mt19937 random;

    explicit Both(unsigned seed) : random(seed) {}

    unsigned any(unsigned many) { return static_cast<unsigned>(random() % many); }
    CommitId any_commit() { return commit("abc"[any(3)]); }
    std::optional<CommitId> maybe_commit() {
        return any(2) == 0 ? std::optional<CommitId>{} : any_commit();
    }
    State any_state() {
        const auto target = any_commit();
        const Error cause = any(2) == 0 ? bad_exit : full_disk;
        const MaybeRollback rollback =
            any(3) == 0 ? MaybeRollback{Rollback{any_commit(), cause}} : MaybeRollback{};
        const std::vector<State> states{Fetching{},
                                        Checking{target},
                                        Building{target},
                                        Switching{target, true, rollback},
                                        Activating{target, rollback},
                                        Restarting{target, "1", rollback},
                                        Probing{target, "2", rollback},
                                        Finishing{target, rollback},
                                        Concluding{Failed{cause, maybe_commit()}, any(2) == 0},
                                        Concluding{Refused{"paths", "no"}, any(2) == 0},
                                        Succeeded{target, any(4) > 0},
                                        Unchanged{target},
                                        Held{"checks", "pending", any_time(), any_wait()},
                                        Held{std::string{pause_gate}, "paused"},
                                        Refused{"paths", "no"},
                                        RolledBack{target, {any_commit(), cause}},
                                        Failed{cause, maybe_commit()}};
        return states[any(static_cast<unsigned>(states.size()))];
    }
    std::optional<TimePoint> any_time() {
        if (any(2) == 0) return std::nullopt;
        return real.clock.now() + minutes{any(90)};
    }
    std::optional<Milliseconds> any_wait() {
        if (any(2) == 0) return std::nullopt;
        return minutes{any(90)};
    }

    template <class Change>
    void each(const Change& change) {
        change(real.ledger);
        change(fake.ledger);
    }
    void deploy(bool begins, const State& state) {
        const auto target = target_of(state);
        const auto head = maybe_commit();
        const auto processed_head = maybe_commit();
        each([&](ledger::Ledger& ledger) {
            auto found = must(ledger.unfinished(shop));
            if (!found && !begins) return;
            auto record = found ? *found : must(ledger.begin(shop, Trigger::poll, {}));
            record.state = state;
            if (target) record.to = target;
            record.head = head;
            must(ledger.save(record, processed_head));
        });
    }
    void change() {
        const ledger::Operator by{"ada", "because"};
        const auto target = any_commit();
        const bool flag = any(2) == 0;
        const auto wait = any_wait();
        ledger::PollState poll_state;
        poll_state.head = target;
        poll_state.polled = real.clock.now();
        if (flag)
            poll_state.poll_error =
                PollError{PollErrorKind::unreachable, "no answer", "", std::nullopt};
        poll_state.next_poll = any_time();
        if (flag) poll_state.poll_error_since = poll_state.polled;
        switch (any(14)) {
            case 0:
                return each([&](auto& ledger) { must(ledger.pause(shop, wait, by)); });
            case 1:
                return each([&](auto& ledger) { must(ledger.resume(shop, by)); });
            case 2:
                return each([&](auto& ledger) { must(ledger.pin(shop, target, by)); });
            case 3:
                return each([&](auto& ledger) { must(ledger.unpin(shop, by)); });
            case 4:
                return each([&](auto& ledger) { must(ledger.retry(shop, by)); });
            case 5:
                return each([&](auto& ledger) { must(ledger.adopt(shop, target)); });
            case 6:
                return each([&](auto& ledger) { must(ledger.undone(shop, target, flag)); });
            case 7:
                return each([&](auto& ledger) { must(ledger.save_poll_state(shop, poll_state)); });
            case 8:
                return each([&](auto& ledger) { must(ledger.save_settings_read(shop, "mark")); });
            default:
                return deploy(any(2) == 0, any_state());
        }
    }
    void pass() {
        const auto jump = any(10) == 0 ? hours{any(4)} - hours{2} : hours{0};
        const auto time = minutes{any(30)};
        for (auto* const clock : {&real.clock, &fake.clock}) {
            clock->advance(time);
            clock->set_by(jump);
        }
    }
};

}  // namespace

TEST_CASE("contract: both ledgers have the same content after any sequence of changes", "[long]") {
    for (unsigned seed = 0; seed < 40; ++seed) {
        Both both{seed};
        for (unsigned i = 0; i < 40; ++i) {
            both.change();
            both.pass();
            INFO("seed " << seed << ", change " << i);
            REQUIRE(seen(both.real.ledger, shop) == seen(both.fake.ledger, shop));
        }
    }
}
