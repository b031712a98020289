// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

// A commit that cannot be written is found before the switch. A switch that fails is undone. No
// directory keeps an incomplete tree.

namespace inhaul::test {
namespace {

const Error unwritable{ErrorCode::refused, "the commit's path x leads into .git", "Remove it."};
const Error denied{ErrorCode::permission, "static cannot be written to",
                   "Run: sudo chown shop static"};

void check_as_before(DeployWorld& world) {
    CHECK(world.repository.at == commit('a'));
    CHECK_FALSE(world.repository.half_switched);
    CHECK_FALSE(world.live().switch_incomplete);
    CHECK(world.live().tree == commit('a'));
    CHECK(world.live().last_known_good == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK_FALSE(world.quarantined('b'));
}

/// The process died during a switch to commit b.
void die_while_switching(DeployWorld& world) {
    world.push_after_a();
    world.ledger.saves_left = 4;
    REQUIRE_FALSE(world.deploy(polled('b')));
    world.ledger.saves_left.reset();
    REQUIRE(world.live().switch_incomplete);
    world.repository.half_switched = true;
}

}  // namespace

TEST_CASE("a commit that cannot be written is refused, and the next one is deployed") {
    DeployWorld world;
    world.push_after_a();
    world.repository.check_error = unwritable;
    world.repository.edited = 1;
    const auto report = world.deploy(polled('b'));
    REQUIRE(outcome(report) == "refused");
    const auto& refused = std::get<deployment::Refused>(report->record.state);
    CHECK(refused.gate == "checkout");
    CHECK(refused.reason == "the commit's path x leads into .git. Remove it.");
    CHECK(world.processed_head() == commit('b'));
    CHECK(world.repository.switches == 1);
    CHECK(world.repository.edits_saved == 0);
    check_as_before(world);
    CHECK(world.service.starts == 1);

    world.repository.check_error.reset();
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
    CHECK(world.repository.edits_saved == 1);
    CHECK(world.service.runs == commit('c'));
}

TEST_CASE("a missing permission of the host quarantines nothing") {
    DeployWorld world;
    world.push_after_a();
    world.repository.check_error = denied;
    CHECK(cause(world.deploy(polled('b'))).hint == denied.hint);
    CHECK(world.processed_head() == commit('a'));
    CHECK(world.repository.switches == 1);
    check_as_before(world);
    world.repository.check_error.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a commit that is found unwritable while it is written is refused and undone") {
    DeployWorld world;
    world.push_after_a();
    world.repository.switch_error = unwritable;
    CHECK(outcome(world.deploy(polled('b'))) == "refused");
    CHECK(world.processed_head() == commit('b'));
    CHECK(world.repository.undone == 1);
    check_as_before(world);
}

TEST_CASE("a switch that fails is undone, and retried") {
    DeployWorld world;
    world.push_after_a();
    world.repository.switch_error = no_space;
    CHECK(cause(world.deploy(polled('b'))).transient);
    CHECK(world.processed_head() == commit('a'));
    CHECK(world.repository.undone == 1);
    check_as_before(world);
    CHECK(world.service.starts == 1);  // it was not restarted
    world.repository.switch_error.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.runs == commit('b'));
}

TEST_CASE("a switch that fails before its first change leaves the live commit") {
    DeployWorld world;
    world.push_after_a();
    world.service.restart_error = denied;
    (void)world.deploy(polled('b'));  // the files are those of b, which is not verified
    REQUIRE(world.live().tree == commit('b'));
    world.repository.remote_head = commit('c');
    world.repository.untouched_error = no_space;
    CHECK(cause(world.deploy(polled('c'))).transient);
    CHECK(world.live().tree == commit('b'));
    CHECK(world.live().last_known_good == commit('a'));
    CHECK_FALSE(world.live().switch_incomplete);
    CHECK(world.repository.at == commit('b'));
}

TEST_CASE("a switch that cannot be undone is reported, and completed by the next deployment") {
    DeployWorld world;
    world.push_after_a();
    world.repository.switch_error = no_space;
    world.repository.undo_error = no_space;
    const auto report = world.deploy(polled('b'));
    CHECK(cause(report).transient);
    CHECK(world.live().switch_incomplete);
    REQUIRE(report->record.notes.size() == 1);
    CHECK(report->record.notes[0].starts_with("the last switch was interrupted: restore aaaaaaa"));
    world.repository.switch_error.reset();
    SECTION("completed") {
        CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
        CHECK(world.service.runs == commit('b'));
    }
    SECTION("undone, if the commit is refused") {
        world.repository.undo_error.reset();
        world.repository.check_error = unwritable;
        CHECK(outcome(world.deploy(polled('b'))) == "refused");
        check_as_before(world);
        CHECK(world.service.starts == 2);  // it may have started with other files
    }
    SECTION("undone, without a network") {
        world.repository.undo_error.reset();
        world.repository.fetch_error = Error{ErrorCode::network, "down", "", true};
        CHECK(cause(world.deploy(polled('b'))).code == ErrorCode::network);
        check_as_before(world);
    }
    CHECK_FALSE(world.live().switch_incomplete);
}

TEST_CASE("a switch that fails after a kill is undone, and the service is restarted") {
    DeployWorld world;
    die_while_switching(world);
    world.repository.switch_error = no_space;
    REQUIRE(world.deploy(polled('b')));
    check_as_before(world);
    CHECK(world.service.starts == 2);
}

TEST_CASE("a switch is undone after several crashes of its process, before the after hook") {
    const bool hook = GENERATE(false, true);
    // Saves before the process is killed again: the end, and the undo.
    const auto saves = GENERATE(std::optional<unsigned>{}, 1U, 2U);
    CAPTURE(hook, saves.value_or(0));
    DeployWorld world;
    if (hook) world.hooks.present = {deploy::Hook::after};
    world.hooks.on_run = [&] { CHECK_FALSE(world.repository.half_switched); };
    die_while_switching(world);
    for (unsigned i = 1; i <= deployment::max_resumptions; ++i) {
        world.ledger.saves_left = 1;
        REQUIRE_FALSE(world.deploy(polled('b')));
        world.repository.half_switched = true;
    }
    world.ledger.saves_left = saves;
    const auto predicted = world.dry_run(polled('b'));
    REQUIRE(predicted);
    REQUIRE(predicted->unfinished);
    using Step = deploy::DryRun::Step;
    std::vector<Step> steps{Step::undo_switch, Step::restart};
    if (hook) steps.push_back(Step::after);
    CHECK(predicted->unfinished->steps == steps);
    (void)world.deploy(polled('b'));
    world.ledger.saves_left.reset();
    (void)world.deploy(polled('b'));
    CHECK_FALSE(world.repository.half_switched);
    CHECK_FALSE(world.live().switch_incomplete);
}

TEST_CASE(
    "after a kill before any save of a switch that is undone, the next start has the same result") {
    for (unsigned kill_at = 0; kill_at < 6; ++kill_at) {
        CAPTURE(kill_at);
        DeployWorld world;
        world.push_after_a();
        world.repository.switch_error = no_space;
        world.ledger.saves_left = kill_at;
        (void)world.deploy(polled('b'));
        world.ledger.saves_left.reset();
        REQUIRE(world.deploy(polled('b')));
        check_as_before(world);
    }
}

TEST_CASE("a release that cannot be written is refused, and the live one stays") {
    DeployWorld world;
    world.repository.releases = true;
    world.push_after_a();
    world.repository.prepare_error = unwritable;
    CHECK(outcome(world.deploy(polled('b'))) == "refused");
    CHECK(world.processed_head() == commit('b'));
    check_as_before(world);
}

TEST_CASE("a failed first switch has no rollback target, and the next deployment continues it") {
    DeployWorld world;
    world.repository.switch_error = no_space;
    CHECK(cause(world.deploy(polled('a'))).transient);
    CHECK(world.repository.undone == 0);
    world.repository.switch_error.reset();
    CHECK(outcome(world.deploy(polled('a'))) == "succeeded");
    CHECK_FALSE(world.live().switch_incomplete);
}

TEST_CASE("the repository is maintained after each deployment, whatever its outcome") {
    DeployWorld world;
    world.push_after_a();
    CHECK(world.repository.tidied == 1);
    world.repository.check_error = denied;
    (void)world.deploy(polled('b'));
    CHECK(world.repository.tidied == 2);
}

}  // namespace inhaul::test
