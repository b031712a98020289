// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

// The `after` hooks run at each recorded end, with its outcome and cause.

namespace inhaul::test {
namespace {

using deploy::Hook;

struct World : DeployWorld {
    World() {
        hooks.present = {Hook::after};
        push_after_a();
        hooks.ran.clear();
    }
    [[nodiscard]] std::string said(const std::string& name) const {
        for (const auto& [key, value] : hooks.last)
            if (key == name) return value;
        return "(unset)";
    }
    void check_environment(const std::string& outcome, const std::string& cause) const {
        CHECK(said("INHAUL_OUTCOME") == outcome);
        CHECK(said("INHAUL_CAUSE") == cause);
    }
};

/// A gate that refuses every commit.
struct Never final : deploy::Gate {
    [[nodiscard]] std::string_view name() const override { return "paths"; }
    Result<deploy::GateResult> check(const deploy::Candidate& /*candidate*/) override {
        return deploy::GateResult{deployment::Refused{"paths", "nothing changed"}};
    }
};

/// A failure of the deployment of commit b, and its final state.
struct BadEnd {
    const char* what;
    void (*arrange)(World&);
    std::string end;
    std::string outcome;
    std::string cause;
};

const std::vector<BadEnd> bad_ends{
    {"a fetch",
     [](World& world) {
         world.repository.fetch_error = Error{ErrorCode::network, "down", "", true};
     },
     "failed", "failed", "down"},
    {"a repository that cannot be opened",
     [](World& world) {
         world.repository.open_error = Error{ErrorCode::permission, "no access"};
     },
     "failed", "failed", "no access"},
    {"a check before the switch", [](World& world) { world.repository.check_error = no_space; },
     "failed", "failed", "write x: no space"},
    {"a switch", [](World& world) { world.repository.switch_error = no_space; }, "failed", "failed",
     "switch to bbbbbbb: write x: no space"},
    {"a build of a release",
     [](World& world) {
         world.repository.releases = true;
         world.hooks.present.insert(Hook::build);
         world.hooks.broken = {"build bbbbbbb"};
     },
     "failed", "failed", "hook build bbbbbbb: exit status 1"},
    {"a gate", [](World& world) { world.gates.push_back(std::make_unique<Never>()); }, "refused",
     "refused", "paths: nothing changed"},
    {"a service that does not start",
     [](World& world) { world.service.broken = {commit('b').hex()}; }, "rolled-back", "rolled_back",
     "shop.service: exit status 1"},
    {"a rollback",
     [](World& world) {
         world.service.broken = {commit('a').hex(), commit('b').hex()};
     },
     "failed", "failed",
     "roll back to aaaaaaa: shop.service: exit status 1; bbbbbbb failed in the same way"},
};

unsigned saves_until_the_end(const BadEnd& bad) {
    World world;
    bad.arrange(world);
    world.ledger.saves = 0;
    REQUIRE(world.deploy(polled('b')));
    return world.ledger.saves;
}

/// Compares the ledgers after a deployment, without notes and the outputs of hooks.
void check_same_end(World& one, World& other) {
    CHECK((one.ledger.records.back().state == other.ledger.records.back().state));
    CHECK(one.ledger.records.back().number == other.ledger.records.back().number);
    CHECK(one.live().tree == other.live().tree);
    CHECK(one.live().restarted == other.live().restarted);
    CHECK(one.live().last_known_good == other.live().last_known_good);
    CHECK(one.live().switch_incomplete == other.live().switch_incomplete);
    CHECK(one.processed_head() == other.processed_head());
    CHECK(one.quarantined('a') == other.quarantined('a'));
    CHECK(one.quarantined('b') == other.quarantined('b'));
    CHECK(one.repository.at == other.repository.at);
}

}  // namespace

TEST_CASE("the after hook of a success receives the outcome, without a cause") {
    World world;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    world.check_environment("succeeded", "");
    CHECK(world.said("INHAUL_COMMIT") == commit('b').hex());
}

TEST_CASE("each failure runs the after hook once, with outcome and cause, in the live directory") {
    for (const auto& bad : bad_ends) {
        DYNAMIC_SECTION(bad.what) {
            World world;
            bad.arrange(world);
            CHECK(outcome(world.deploy(polled('b'))) == bad.end);
            world.check_environment(bad.outcome, bad.cause);
            const auto ran =
                std::count_if(world.hooks.ran.begin(), world.hooks.ran.end(),
                              [](const auto& each) { return each.starts_with("after"); });
            CHECK(ran == 1);
            CHECK(world.said("INHAUL_DIRECTORY") ==
                  world.repository.place_of(*world.live().tree).string());
            CHECK(world.said("INHAUL_PREVIOUS") == commit('a').hex());
            REQUIRE_FALSE(world.ledger.records.back().outputs.empty());
            CHECK(world.ledger.records.back().outputs.back().hook == "after");
        }
    }
}

TEST_CASE("the after hook does not change a failure, whether it succeeds, fails or is missing") {
    for (const auto& bad : bad_ends) {
        DYNAMIC_SECTION(bad.what) {
            World without;
            without.hooks.present.clear();
            bad.arrange(without);
            REQUIRE(without.deploy(polled('b')));
            for (const bool fails : {false, true}) {
                World world;
                if (fails) world.hooks.broken = {"after aaaaaaa", "after bbbbbbb", "after "};
                auto broken = world.hooks.broken;
                bad.arrange(world);
                world.hooks.broken.merge(broken);
                REQUIRE(world.deploy(polled('b')));
                check_same_end(world, without);
            }
        }
    }
}

TEST_CASE("after a kill before any save, the after hook still receives the failure", "[long]") {
    for (const auto& bad : bad_ends) {
        DYNAMIC_SECTION(bad.what) {
            World unkilled;
            bad.arrange(unkilled);
            REQUIRE(unkilled.deploy(polled('b')));
            for (unsigned kill_at = 0; kill_at < saves_until_the_end(bad); ++kill_at) {
                CAPTURE(kill_at);
                World world;
                bad.arrange(world);
                world.ledger.saves_left = kill_at;
                REQUIRE_FALSE(world.deploy(polled('b')));
                world.ledger.saves_left.reset();
                REQUIRE(world.deploy(polled('b')));
                check_same_end(world, unkilled);
                world.check_environment(bad.outcome, bad.cause);
            }
        }
    }
}

TEST_CASE("an after hook that always kills the process ends with the outcome that it received") {
    World world;
    bad_ends[2].arrange(world);
    world.ledger.saves_left = 4;
    REQUIRE_FALSE(world.deploy(polled('b')));
    REQUIRE(std::holds_alternative<deployment::Concluding>(world.ledger.records.back().state));
    for (unsigned i = 0; i < deployment::max_resumptions; ++i) {
        world.ledger.saves_left = 1;
        REQUIRE_FALSE(world.deploy(polled('b')));
    }
    world.ledger.saves_left.reset();
    const auto ran = world.hooks.ran.size();
    CHECK(ran == deployment::max_resumptions + 1);
    CHECK(outcome(world.deploy(polled('b'))) == "failed");
    CHECK(world.hooks.ran.size() == ran);
    CHECK(std::get<deployment::Failed>(world.ledger.records.back().state).cause.message ==
          "write x: no space");
}

TEST_CASE("an abandoned deployment runs the after hook as well") {
    World world;
    for (unsigned i = 0; i <= deployment::max_resumptions; ++i) {
        world.ledger.saves_left = i == 0 ? 3 : 1;
        (void)world.deploy(polled('b'));
    }
    world.ledger.saves_left.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "failed");
    CHECK(world.said("INHAUL_OUTCOME") == "failed");
    CHECK(world.said("INHAUL_CAUSE").starts_with("gave up"));
}

TEST_CASE("an unchanged or held deployment runs no after hook") {
    World world;
    REQUIRE(world.ledger.pause(world.settings.app, {}, {"ada", ""}));
    CHECK(outcome(world.deploy(polled('b'))) == "held");
    CHECK(world.hooks.ran.empty());
    REQUIRE(world.ledger.resume(world.settings.app, {"ada", ""}));
    REQUIRE(world.deploy(polled('b')));
    world.hooks.ran.clear();
    CHECK(outcome(world.deploy(polled('b'))) == "unchanged");
    CHECK(world.hooks.ran.empty());
}

TEST_CASE("a commit with the same files runs the after hook, although it restarts nothing") {
    World world;
    world.repository.same_files = {commit('a').hex(), commit('b').hex()};
    const auto starts = world.service.starts;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.starts == starts);
    world.check_environment("succeeded", "");
}

TEST_CASE("the first deployment of an app runs the after hook too, in its future directory") {
    DeployWorld world;
    world.settings.directory = "/srv";
    world.hooks.present = {Hook::after};
    world.repository.fetch_error = Error{ErrorCode::network, "down", "", true};
    CHECK(outcome(world.deploy()) == "failed");
    CHECK(world.hooks.ran == std::vector<std::string>{"after "});
    CHECK(world.hooks.where == "/srv");
}

TEST_CASE("a cause in several lines becomes one line without control characters") {
    World world;
    world.repository.fetch_error = Error{ErrorCode::network, "one\ntwo\x1b[31m", "", true};
    REQUIRE(world.deploy(polled('b')));
    CHECK(world.said("INHAUL_CAUSE").find_first_of("\n\x1b") == std::string::npos);
}

}  // namespace inhaul::test
