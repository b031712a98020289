// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

namespace inhaul::test {
namespace {

using deploy::Hook;

struct ReleasesWorld : DeployWorld {
    ReleasesWorld() {
        repository.releases = true;
        hooks.present = {Hook::build, Hook::activate};
        push_after_a();
    }
};

}  // namespace

TEST_CASE("a release is made and built in its own place before anything live changes") {
    ReleasesWorld world;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.hooks.ran == std::vector<std::string>{"build aaaaaaa", "activate aaaaaaa",
                                                      "build bbbbbbb", "activate bbbbbbb"});
    CHECK(world.hooks.where == "/srv/shop/releases/" + commit('b').hex());
    CHECK(world.repository.prepared.count(commit('b').hex()) == 1);
}

TEST_CASE("a failed build leaves the live release unchanged, and is not retried automatically") {
    ReleasesWorld world;
    world.hooks.broken = {"build bbbbbbb"};
    CHECK(cause(world.deploy(polled('b'))).message == "hook build bbbbbbb: exit status 1");
    CHECK(world.repository.switches == 1);
    CHECK(world.service.starts == 1);
    CHECK(world.live().tree == commit('a'));
    CHECK_FALSE(world.live().switch_incomplete);
    CHECK(world.quarantined('b'));
    CHECK(world.processed_head() == commit('b'));
    CHECK(outcome(world.deploy(polled('b'))) == "refused");
}

TEST_CASE("a release that cannot be created on a full disk is retried") {
    ReleasesWorld world;
    world.repository.prepare_error = Error{ErrorCode::no_space, "no space left", "", true};
    CHECK(cause(world.deploy(polled('b'))).transient);
    CHECK(world.processed_head() == commit('a'));
    CHECK_FALSE(world.live().switch_incomplete);
    world.repository.prepare_error.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a rollback only switches the link and builds nothing") {
    ReleasesWorld world;
    world.service.broken = {commit('b').hex()};
    CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
    CHECK(world.hooks.ran.back() == "activate aaaaaaa");
    CHECK(std::count(world.hooks.ran.begin(), world.hooks.ran.end(), "build aaaaaaa") == 1);
    CHECK(world.service.runs == commit('a'));
}

TEST_CASE("the live release and the rollback target are never pruned") {
    ReleasesWorld world;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.repository.kept == std::vector<CommitId>{commit('b'), commit('a')});
}

TEST_CASE("a release that is live again is needed once") {
    ReleasesWorld world;
    REQUIRE(world.deploy(polled('b')));
    REQUIRE(world.deploy({.again = true}));
    CHECK(world.repository.kept == std::vector<CommitId>{commit('b')});
}

TEST_CASE("a finished release is not built again, for any way of deploying it") {
    ReleasesWorld world;
    REQUIRE(world.deploy(polled('b')));
    CHECK(outcome(world.deploy({.to = commit('a').hex()})) == "succeeded");
    CHECK(world.service.runs == commit('a'));
    CHECK(world.hooks.ran == std::vector<std::string>{"build aaaaaaa", "activate aaaaaaa",
                                                      "build bbbbbbb", "activate bbbbbbb",
                                                      "activate aaaaaaa"});
}

TEST_CASE("a release whose build failed is built again") {
    ReleasesWorld world;
    world.hooks.broken = {"build bbbbbbb"};
    REQUIRE(world.deploy(polled('b')));
    world.hooks.broken.clear();
    CHECK(outcome(world.deploy({.force = true})) == "succeeded");
    CHECK(std::count(world.hooks.ran.begin(), world.hooks.ran.end(), "build bbbbbbb") == 2);
}

TEST_CASE("deploying again builds another release of the same commit") {
    ReleasesWorld world;
    SECTION("and goes live with it") {
        CHECK(outcome(world.deploy({.again = true})) == "succeeded");
        CHECK(world.repository.further);
        CHECK(world.service.starts == 2);
        CHECK(std::count(world.hooks.ran.begin(), world.hooks.ran.end(), "build aaaaaaa") == 2);
    }
    SECTION("that fails beside the one that runs") {
        world.hooks.broken = {"build aaaaaaa"};
        CHECK_FALSE(cause(world.deploy({.again = true})).message.empty());
        CHECK(world.service.starts == 1);
        CHECK(world.repository.switches == 1);
        CHECK_FALSE(world.quarantined('a'));
    }
    SECTION("and goes back to the one before when the new one does not come up") {
        world.probe.present = true;
        world.probe.error = Error{ErrorCode::failed, "probe: status 500"};
        const auto error = cause(world.deploy({.again = true}));
        CHECK(error.message.find("roll back to aaaaaaa") == 0);
        CHECK(world.repository.dropped == 1);
        CHECK_FALSE(world.quarantined('a'));
    }
}

TEST_CASE("after a kill before any save, the next start ends with the same release") {
    unsigned saves = 0;
    {
        ReleasesWorld world;
        const auto before = world.ledger.saves;
        REQUIRE(world.deploy(polled('b')));
        saves = world.ledger.saves - before;
    }
    CHECK(saves == 9);
    for (unsigned kill_at = 0; kill_at < saves; ++kill_at) {
        CAPTURE(kill_at);
        ReleasesWorld world;
        world.ledger.saves_left = kill_at;
        REQUIRE_FALSE(world.deploy(polled('b')));
        world.ledger.saves_left.reset();
        REQUIRE(world.deploy(polled('b')));
        CHECK(world.service.runs == commit('b'));
        CHECK(world.live().last_known_good == commit('b'));
        CHECK(world.service.starts == 2);
    }
}

}  // namespace inhaul::test
