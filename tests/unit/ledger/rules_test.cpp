// SPDX-License-Identifier: Apache-2.0
#include <inhaul/ledger/rules.hpp>

#include "place.hpp"

// The rules without a ledger.

namespace inhaul::test {
namespace {

using namespace deployment;
using std::chrono::minutes;

const CommitId good = commit('a');
const CommitId bad = commit('b');
const Error bad_exit{ErrorCode::failed, "exit status 1"};

Moment at(int minute) {
    const TimePoint start{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    return {start + minutes{minute}, {"boot", minutes{minute}}};
}

ledger::PollState poll_state(const std::optional<CommitId>& head, bool error) {
    ledger::PollState state;
    state.head = head;
    if (error)
        state.poll_error = PollError{PollErrorKind::unreachable, "no answer", "", std::nullopt};
    return state;
}

ledger::PollRecord polled(const ledger::PollRecord& before, const ledger::PollState& state,
                          const Moment& now) {
    return ledger::effects_of_poll(shop, before, state, {}, now).poll;
}

ledger::SaveEffects saved(ledger::BeforeSave before, State state,
                          const std::optional<CommitId>& head,
                          const std::optional<CommitId>& processed_head, int minute = 5) {
    ledger::Record record{.number = 1, .app = shop, .to = bad, .head = head};
    record.started = at(0).wall;
    record.state = std::move(state);
    const auto now = at(minute);
    return ledger::effects_of_save(std::move(before), ledger::entered(std::move(record), now.wall),
                                   processed_head, now.wall, now);
}

}  // namespace

TEST_CASE("the silence of the forge begins with the first error, and ends with an answer") {
    auto poll = polled({}, poll_state(good, false), at(0));
    CHECK_FALSE(poll.silent);
    poll = polled(poll, poll_state(good, true), at(1));
    poll = polled(poll, poll_state(good, true), at(2));
    CHECK(poll.silent->wall == at(1).wall);
    poll = polled(poll, poll_state(good, false), at(3));
    CHECK_FALSE(poll.silent);
}

TEST_CASE("a head is known since it was first reported, and nothing is known without a head") {
    auto poll = polled({}, poll_state({}, true), at(0));
    CHECK_FALSE(poll.head_known);
    poll = polled(poll, poll_state(good, false), at(1));
    poll = polled(poll, poll_state(good, true), at(2));
    CHECK(poll.head_known->wall == at(1).wall);
    poll = polled(poll, poll_state(bad, false), at(3));
    CHECK(poll.head_known->wall == at(3).wall);
}

TEST_CASE("a poll changes neither the processed head nor the settings that the agent has read") {
    ledger::PollRecord before;
    before.state.processed_head = good;
    before.state.settings_read = "mark";
    auto other = poll_state(bad, false);
    other.processed_head = bad;
    other.settings_read = "other";
    const auto after = polled(before, other, at(1)).state;
    CHECK(after.processed_head == good);
    CHECK(after.settings_read == "mark");
}

TEST_CASE("the answer after an error is reported once") {
    const ledger::Faults faults{{ReportKind::polls_failing, "", "no answer"}};
    const auto after = [&](bool error) {
        return ledger::effects_of_poll(shop, {}, poll_state(good, error), faults, at(1)).reporting;
    };
    CHECK(after(true).reports.empty());
    CHECK(after(true).faults == faults);
    REQUIRE(after(false).reports.size() == 1);
    CHECK(after(false).reports[0].kind == ReportKind::recovered);
    CHECK(after(false).faults.empty());
}

TEST_CASE("a rollback quarantines its commit before it ends, and a failure only with its head") {
    const Rollback cause{bad, bad_exit};
    const auto begun = saved({}, Switching{good, true, cause}, bad, {});
    REQUIRE(begun.quarantine.added);
    CHECK(begun.quarantine.added->commit == bad);
    CHECK(saved({}, Failed{bad_exit}, {}, bad).quarantine.added);
    CHECK_FALSE(saved({}, Failed{bad_exit}, {}, {}).quarantine.added);
    CHECK_FALSE(saved({}, Checking{bad}, {}, bad).quarantine.added);
    CHECK_FALSE(
        saved({.live = {.last_known_good = bad}}, Failed{bad_exit}, {}, bad).quarantine.added);
    CHECK(saved({}, Succeeded{bad}, bad, bad).quarantine.lifted == bad);
}

TEST_CASE("only a final state changes the poll state, the hold and the totals") {
    const ledger::Hold hold{
        .commit = bad, .gate = "checks", .reason = "pending", .held = minutes{1}};
    const auto open = saved({.hold = hold}, Checking{bad}, bad, bad);
    CHECK_FALSE(open.poll);
    CHECK_FALSE(open.totals);
    const auto done = saved({.hold = hold}, Succeeded{bad}, bad, bad);
    REQUIRE(done.poll);
    CHECK(done.poll->state.head == bad);
    CHECK(done.poll->state.processed_head == bad);
    CHECK_FALSE(done.hold);
    CHECK(done.totals->succeeded == 1);
    CHECK_FALSE(saved({}, Succeeded{bad}, {}, {}).poll);
    CHECK_FALSE(saved({}, Unchanged{bad}, bad, bad).totals);
}

TEST_CASE("a pause keeps the hold of a gate, with the time since its last check") {
    const ledger::Hold hold{.commit = bad,
                            .gate = "checks",
                            .reason = "pending",
                            .held = minutes{1},
                            .since_check = minutes{2}};
    const auto paused =
        saved({.hold = hold}, Held{std::string{pause_gate}, "paused"}, bad, {}).hold;
    REQUIRE(paused);
    CHECK(paused->gate == "checks");
    CHECK(paused->held == minutes{3});
    CHECK(paused->since_check == Milliseconds{0});
    CHECK_FALSE(saved({}, Held{std::string{pause_gate}, "paused"}, bad, {}).hold);
    const auto checked = saved({.hold = hold}, Held{"checks", "pending"}, bad, {}).hold;
    CHECK(checked->held == minutes{3});
}

}  // namespace inhaul::test
