// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

// A deployment is killed before each of its saves, which is after each of its actions. The next
// start resumes it.

namespace inhaul::test {
namespace {

/// A world in which commit a is live and commit b was pushed.
struct Pushed : DeployWorld {
    Pushed() {
        REQUIRE(deploy());
        repository.remote_head = commit('b');
        ledger.saves = 0;
    }
    Result<deploy::Completed> poll() {
        return deploy({.trigger = Trigger::poll, .expected = repository.remote_head});
    }
};

unsigned saves_of_one_deployment() {
    Pushed world;
    REQUIRE(world.poll());
    return world.ledger.saves;
}

void check_deployed(Pushed& world, char digit) {
    CHECK(world.repository.at == commit(digit));
    CHECK(world.repository.stamped == commit(digit));
    CHECK(world.service.runs == commit(digit));
    CHECK(world.live().tree == commit(digit));
    CHECK(world.live().restarted == commit(digit));
    CHECK_FALSE(world.live().switch_incomplete);
    CHECK(world.processed_head() == commit(digit));
    CHECK(world.recorded(digit) == 1);
}

}  // namespace

TEST_CASE("a deployment saves once for each state it enters") {
    CHECK(saves_of_one_deployment() == 7);
}

TEST_CASE(
    "after a kill before any save, the next start has the same result: one deployment, one "
    "restart") {
    for (unsigned kill_at = 0; kill_at < saves_of_one_deployment(); ++kill_at) {
        CAPTURE(kill_at);
        Pushed world;
        const auto starts = world.service.starts;
        world.ledger.saves_left = kill_at;
        REQUIRE_FALSE(world.poll());
        world.ledger.saves_left.reset();
        REQUIRE(world.poll());
        check_deployed(world, 'b');
        CHECK(world.service.starts == starts + 1);
    }
}

TEST_CASE("after two kills at any two saves, the result is the same", "[long]") {
    const auto saves = saves_of_one_deployment();
    for (unsigned first = 0; first < saves; ++first)
        for (unsigned second = 0; second < saves; ++second) {
            CAPTURE(first, second);
            Pushed world;
            world.ledger.saves_left = first;
            REQUIRE_FALSE(world.poll());
            world.ledger.saves_left = second;
            (void)world.poll();
            world.ledger.saves_left.reset();
            REQUIRE(world.poll());
            check_deployed(world, 'b');
            CHECK(world.service.starts == 2);
        }
}

TEST_CASE("a push while no agent runs is deployed after the next start") {
    for (unsigned kill_at = 0; kill_at < saves_of_one_deployment(); ++kill_at) {
        CAPTURE(kill_at);
        Pushed world;
        world.ledger.saves_left = kill_at;
        REQUIRE_FALSE(world.poll());
        world.ledger.saves_left.reset();
        world.repository.remote_head = commit('c');
        REQUIRE(world.poll());
        check_deployed(world, 'c');
    }
}

TEST_CASE("a switched commit is restarted at the next start even without a network") {
    for (unsigned kill_at = 4; kill_at < saves_of_one_deployment(); ++kill_at) {
        CAPTURE(kill_at);
        Pushed world;
        world.ledger.saves_left = kill_at;
        REQUIRE_FALSE(world.poll());
        world.ledger.saves_left.reset();
        world.repository.fetch_error = Error{ErrorCode::network, "down", "", true};
        REQUIRE(world.poll());
        check_deployed(world, 'b');
    }
}

TEST_CASE("a crash loop ends automatically, and quarantines no commit") {
    Pushed world;
    for (unsigned i = 0; i <= deployment::max_resumptions; ++i) {
        world.ledger.saves_left = i == 0 ? 3 : 1;  // always killed before the switch is recorded
        (void)world.poll();
    }
    world.ledger.saves_left.reset();
    REQUIRE(world.poll());
    REQUIRE(std::holds_alternative<deployment::Failed>(world.ledger.records.back().state));
    CHECK(world.processed_head() == commit('a'));  // it is retried later
    CHECK_FALSE(world.quarantined('b'));
    CHECK_FALSE(*world.ledger.unfinished(world.settings.app));
    REQUIRE(world.poll());
    check_deployed(world, 'b');
}

}  // namespace inhaul::test
