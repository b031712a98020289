// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;

namespace {

const CommitId live_commit = commit('a');
const CommitId head = commit('b');
const CommitId other = commit('c');
const Error fault{ErrorCode::failed, "exit status 1"};

/// Commit a is live and verified. The head is b.
struct Known {
    ledger::PollState poll_state;
    ledger::Live live{.tree = live_commit, .last_known_good = live_commit};
    Known() { poll_state.head = head; }
    [[nodiscard]] const ledger::Record* ended_badly(
        const std::vector<ledger::Record>& newest) const {
        return ledger::ended_badly(newest, poll_state, live);
    }
};

/// Returns a finished deployment. It has no `head`, as a deployment by an operator.
ledger::Record ended(const State& state, const CommitId& to, std::vector<std::string> steps = {}) {
    ledger::Record record{.number = 1, .app = shop, .to = to, .state = state};
    steps.emplace_back(name_of(state));
    for (auto& step : steps)
        record.steps.push_back({std::move(step), {}});
    record.finished = TimePoint{};
    return record;
}

const std::vector<std::string> past_the_switch{"planned", "switching", "activating"};

}  // namespace

TEST_CASE("a failed deployment of the head explains why it is not live") {
    const Known known;
    for (const auto& record :
         {ended(Failed{fault}, head), ended(Failed{fault}, head, past_the_switch),
          ended(Refused{"paths", "no"}, head), ended(RolledBack{live_commit, {head, fault}}, head)})
        CHECK(known.ended_badly({record}) != nullptr);
    CHECK(known.ended_badly({}) == nullptr);
}

TEST_CASE("a failed request of an operator for another commit is ignored") {
    const Known known;
    const auto refused = ended(Refused{"paths", "no"}, head);
    for (const auto& record : {ended(Failed{fault}, other, {"planned", "building"}),
                               ended(Refused{"paths", "no"}, other),
                               ended(RolledBack{live_commit, {other, fault}}, other)}) {
        CHECK(known.ended_badly({record}) == nullptr);
        const std::vector newest{record, refused};
        CHECK(known.ended_badly(newest) == &newest[1]);
    }
    // The state of the service is not known after a failure past the switch.
    CHECK(known.ended_badly({ended(Failed{fault}, other, past_the_switch)}) != nullptr);
}

TEST_CASE("a failed further build leaves the earlier build live") {
    Known known;
    known.poll_state.head = live_commit;
    CHECK(known.ended_badly({ended(RolledBack{live_commit, {live_commit, fault}}, live_commit)}) ==
          nullptr);
}

TEST_CASE("a later success ends the failure, and an unfinished deployment does not") {
    const Known known;
    const auto failed = ended(Failed{fault}, head, past_the_switch);
    CHECK(known.ended_badly({ended(Succeeded{other}, other), failed}) == nullptr);
    ledger::Record running{.number = ledger::first_provisional + 1, .app = shop};
    const std::vector newest{running, failed};
    CHECK(known.ended_badly(newest) == &newest[1]);
}

TEST_CASE("a failed attempt that changed nothing does not hide that the head is live") {
    Known known;
    known.poll_state.head = live_commit;
    ledger::Record unreachable = ended(Failed{fault}, live_commit, {"planned", "fetching"});
    unreachable.to.reset();
    CHECK(known.ended_badly({unreachable}) == nullptr);
    known.live.switch_incomplete = true;
    CHECK(known.ended_badly({unreachable}) != nullptr);
}

TEST_CASE("a deployment counts as having changed something only after Checking and Building") {
    CHECK_FALSE(touched(ended(Failed{fault}, head)));
    CHECK_FALSE(
        touched(ended(Failed{fault}, head, {"planned", "fetching", "checking", "building"})));
    CHECK(touched(ended(Failed{fault}, head, {"planned", "switching"})));
    CHECK(touched(ended(Failed{fault}, head, {"checking", "restarting"})));
    CHECK_FALSE(began_rollback(ended(Failed{fault}, head, {"switching"})));
    CHECK(began_rollback(ended(Failed{fault}, head, {"switching", "switching-back"})));
}

TEST_CASE("a rollback deploys the newest earlier commit that was verified") {
    const auto from = [](ledger::Record record, const CommitId& commit) {
        record.from = commit;
        return record;
    };
    const auto success = [](const CommitId& to) { return ended(Succeeded{to}, to); };
    const CommitId adopted = commit('d');
    const auto last = from(success(live_commit), head);
    const auto failed = from(ended(Failed{fault}, head, past_the_switch), other);
    const ledger::Live live{.tree = live_commit, .last_known_good = live_commit};
    const auto before = [&](const std::vector<ledger::Record>& newest) {
        return ledger::live_before(newest, live);
    };
    // Commit `head` was in the directory, but its deployment failed.
    CHECK(before({last, failed, success(other)}) == other);
    CHECK(before({last, from(ended(RolledBack{other, {head, fault}}, head), other)}) == other);
    CHECK(before({last, ended(Succeeded{head, false}, head), success(other)}) == other);
    CHECK(before({last, from(failed, adopted)}) == adopted);
    CHECK(before({from(success(live_commit), adopted)}) == adopted);
    // Its first deployment counts, not a repeated one.
    const auto again = from(success(live_commit), head);
    CHECK(before({again, success(head), last, failed, success(other)}) == other);
    CHECK(before({success(live_commit)}) == std::nullopt);
    CHECK(before({from(success(live_commit), live_commit)}) == std::nullopt);
    CHECK(before({failed, success(other)}) == std::nullopt);
    CHECK(before({}) == std::nullopt);
    CHECK(ledger::live_before({last, success(other)}, {}) == std::nullopt);
}
