// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <chrono>
#include <random>

#include "children.hpp"
#include "ledger/sqlite/database.hpp"
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;

namespace {

const CommitId target = commit('b');

/// The states of each deployment, in order. A position is the number of saves since the first
/// deployment.
const std::vector<State> way = [] {
    auto states = successful_states(target);
    states.insert(states.begin(), Planned{});
    return states;
}();

using Position = std::uint64_t;

std::size_t step_of(const ledger::Record& record) {
    for (std::size_t i = 0; i < way.size(); ++i)
        if (name_of(way[i]) == name_of(record.state)) return i;
    FAIL("a state that was never saved");
    return 0;
}

/// Caller must pass a deployment before which all others have ended.
Position position_of(ledger::Ledger& ledger, const ledger::Record& record) {
    auto before = record.number - 1;
    if (!has_number(record)) {
        const auto newest = must(ledger.history(shop, 2));
        before = newest.size() < 2 ? 0 : newest.back().number;
    }
    return static_cast<Position>(before) * way.size() + step_of(record) + 1;
}

/// Makes the next save. Before it, saves a poll as the watcher does.
bool go_on(ledger::Ledger& ledger, std::optional<ledger::Record>& record) {
    ledger::PollState poll_state;
    poll_state.head = target;
    if (!ledger.save_poll_state(shop, poll_state)) return false;
    if (!record || is_final(record->state)) {
        auto begun = ledger.begin(shop, Trigger::poll);
        if (!begun) return false;
        record = std::move(*begun);
        return true;
    }
    record->state = way.at(step_of(*record) + 1);
    record->notes = {"in " + std::string{name_of(record->state)}};
    return ledger.save(*record, target).has_value();
}

/// Deploys until it is killed, and writes the position of each save to `positions`.
bool deploy_without_end(const Place& place, int positions) {
    auto ledger = ledger::open(place.state, place.clock);
    if (!ledger) return false;
    auto found = (*ledger)->unfinished(shop);
    if (!found) return false;
    auto record = std::move(*found);
    while (go_on(**ledger, record)) {
        const auto position = position_of(**ledger, *record);
        if (::write(positions, &position, sizeof position) != sizeof position) return false;
    }
    return false;
}

/// Kills such a process at this time after `saves` of its saves. Returns the last position that it
/// wrote.
Position killed_after(const Place& place, unsigned saves, std::chrono::nanoseconds moment) {
    Pipe pipe;
    const auto child = start_child([&] {
        pipe.close_read();
        return deploy_without_end(place, pipe.ends[1]);
    });
    pipe.close_write();
    Position last = 0;
    for (unsigned i = 0; i < saves; ++i)
        REQUIRE(::read(pipe.ends[0], &last, sizeof last) == sizeof last);
    // Without a sleep: the kill must hit a random point within the next save.
    const auto until = std::chrono::steady_clock::now() + moment;
    while (std::chrono::steady_clock::now() < until) {
    }
    ::kill(child, SIGKILL);
    const int status = wait_for(child);
    REQUIRE(WIFSIGNALED(status));
    for (Position more = 0; ::read(pipe.ends[0], &more, sizeof more) == sizeof more;)
        last = more;
    return last;
}

/// Checks the facts that hold after each save. Returns the position of the ledger.
Position check_ledger(const Place& place) {
    const auto ledger = place.open();
    const auto records = must(ledger->history(shop, 1000));
    if (records.empty()) return 0;
    const auto& last = records.front();
    const auto live = must(ledger->live(shop));
    CHECK(live.switch_incomplete == std::holds_alternative<Switching>(last.state));
    const auto step = step_of(last);
    const bool later = records.size() > 1;
    CHECK(has_number(last) == (step >= 3));
    if (step >= 4 || later) CHECK(live.tree == target);
    if (step >= 5 || later) CHECK(live.restarted == target);
    CHECK(last.steps.size() == step + 1);
    CHECK(last.notes.size() == (step == 0 ? 0 : 1));
    CHECK(last.finished.has_value() == is_final(last.state));
    for (std::size_t i = 1; i < records.size(); ++i)
        CHECK(std::holds_alternative<Succeeded>(records[i].state));
    if (later) CHECK(must(ledger->poll_state(shop)).processed_head == target);
    CHECK(must(ledger->poll_state(shop)).head == target);
    CHECK(place.one("PRAGMA integrity_check") == "ok");
    CHECK(place.one("PRAGMA foreign_key_check").empty());
    return position_of(*ledger, last);
}

}  // namespace

TEST_CASE("after a kill at any moment the ledger is valid and has all saved data", "[long]") {
    constexpr unsigned seed = 20260301;
    std::mt19937 random{seed};
    std::uniform_int_distribution<unsigned> saves{0, 9};
    std::uniform_int_distribution<int> microseconds{0, 3000};
    Place place{fs::temp_directory_path()};
    Position reached = 0;
    unsigned unwritten = 0;
    for (int round = 0; round < 50; ++round) {
        // Some rounds begin without a ledger.
        if (round % 5 == 0) {
            fs::remove_all(place.state);
            reached = 0;
        }
        const auto moment = std::chrono::microseconds{microseconds(random)};
        const auto count = saves(random);
        INFO("round " << round << ": " << count << " saves and " << moment.count() << " us");
        const auto written = std::max(killed_after(place, count, moment), reached);
        reached = check_ledger(place);
        // The save during the kill may be complete, but no later save.
        CHECK((reached == written || reached == written + 1));
        if (reached != written) ++unwritten;
        if (reached > 0 && round % 2 == 1) CHECK(place.open_to_read() != nullptr);
    }
    INFO(unwritten << " saves were complete without a written position");
    CHECK(must(place.open()->history(shop, 1000)).size() > 1);
}

TEST_CASE("many processes that start together create one ledger") {
    Place place;
    Gate gate;
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i)
        children.push_back(start_child([&, i] {
            if (!gate.pass()) return false;
            auto ledger = ledger::open(place.state, place.clock);
            const auto app = *AppName::parse("app" + std::to_string(i));
            return ledger && (*ledger)->begin(app, Trigger::once).has_value();
        }));
    gate.open();
    for (const auto child : children)
        CHECK(wait_for(child) == 0);
    CHECK(must(place.open()->history(std::nullopt, 100)).size() == 8);
}

TEST_CASE("the agent, workers and readers do not block each other", "[long]") {
    constexpr int deployments = 8;
    constexpr int polls = 200;
    Place place;
    (void)place.open();
    Gate gate;
    const auto worker = [&](const AppName& app) {
        return start_child([&] {
            auto ledger = ledger::open(place.state, place.clock);
            if (!gate.pass() || !ledger) return false;
            for (int i = 0; i < deployments; ++i) {
                auto record = (*ledger)->begin(app, Trigger::poll);
                if (!record) return false;
                for (std::size_t step = 1; step < way.size(); ++step) {
                    record->state = way[step];
                    if (!(*ledger)->save(*record, target)) return false;
                }
            }
            return true;
        });
    };
    const auto watcher = [&] {
        auto ledger = ledger::open(place.state, place.clock);
        if (!gate.pass() || !ledger) return false;
        for (unsigned i = 1; i <= polls; ++i) {
            ledger::PollState poll_state;
            poll_state.failures = i;
            for (const auto& app : {shop, blog})
                if (!(*ledger)->save_poll_state(app, poll_state)) return false;
            if (!(*ledger)->block("github", place.clock.wall + Milliseconds{i})) return false;
        }
        return true;
    };
    std::vector<pid_t> children{worker(shop), worker(blog), start_child(watcher)};

    const auto reader = place.open_to_read();
    gate.open();
    std::size_t reads = 0;
    std::size_t seen = 0;
    while (!children.empty()) {
        for (const auto& record : must(reader->history(std::nullopt, 100))) {
            // Each read returns one state of the ledger: a record with exactly its own steps.
            REQUIRE(record.steps.back().state == name_of(record.state));
            REQUIRE(record.steps.size() == step_of(record) + 1);
            ++seen;
        }
        ++reads;
        int status = 0;
        if (::waitpid(children.back(), &status, WNOHANG) == 0) continue;
        CHECK(status == 0);
        children.pop_back();
    }
    CHECK(reads > 1);
    CHECK(seen > 0);
    for (const auto& app : {shop, blog}) {
        CHECK(must(reader->history(app, 100)).size() == deployments);
        CHECK(must(reader->poll_state(app)).failures == polls);
        CHECK(must(reader->poll_state(app)).processed_head == target);
    }
}

TEST_CASE("a ledger that is locked for too long is a transient error") {
    Place place;
    (void)place.open();
    auto holder = must(ledger::Database::open(place.file, ledger::Database::Mode::read_write));
    auto other = must(ledger::Database::open(place.file, ledger::Database::Mode::read_write));
    CHECK(must(other.number("PRAGMA busy_timeout")) == 5000);
    sqlite3_busy_timeout(other.handle(), 1);
    const auto nothing = []() -> Result<void> { return {}; };
    const auto refused = [&]() -> Result<void> {
        const auto held = other.writing(nothing);
        REQUIRE_FALSE(held);
        CHECK(held.error().code == ErrorCode::timeout);
        CHECK(held.error().transient);
        return {};
    };
    must(holder.writing(refused));
    must(other.writing(nothing));
}
