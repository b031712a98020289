// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;
using deploy::Hook;
using service::StoppedUnit;

namespace {

/// Commit a is live and verified. Then an operator stops the service, and b is pushed.
struct Stopped : DeployWorld {
    explicit Stopped(StoppedUnit::Why why = StoppedUnit::Why::disabled) {
        settings.service = SystemdUnits{{"shop.service"}};
        push_after_a();
        rest(why);
    }
    void rest(StoppedUnit::Why why) {
        service.stopped = {{"shop.service", why, "systemctl enable --now shop.service"}};
    }
    /// Each deployment has its own process, and so its own service::Service.
    Result<deploy::Completed> deploy_again(const deploy::DeployRequest& request) {
        service.left.clear();
        return deploy(request);
    }
    [[nodiscard]] std::string notes() {
        std::string text;
        for (const auto& note : ledger.records.back().notes)
            text += note + "\n";
        return text;
    }
};

}  // namespace

TEST_CASE("a push does not start a unit that an operator stopped and disabled, and reports it") {
    Stopped world;
    world.hooks.present = {Hook::build};
    world.probe.present = true;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.starts == 1);
    CHECK(world.repository.at == commit('b'));
    CHECK(world.hooks.ran.back() == "build bbbbbbb");
    CHECK(world.processed_head() == commit('b'));
    CHECK(world.ledger.records.back().left_stopped == std::vector<std::string>{"shop.service"});
    CHECK(world.notes() ==
          "shop.service is stopped and disabled: it was not started. To start it, run "
          "`systemctl enable --now shop.service`\n");
    // It is not verified, so it is not a rollback target.
    CHECK(world.live().tree == commit('b'));
    CHECK(world.live().last_known_good == commit('a'));
    CHECK(world.ledger.records.back().state == State{Succeeded{commit('b'), false}});
}

TEST_CASE(
    "after a start of the unit, a deployment restarts it and verifies the files in the directory") {
    Stopped world;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    world.service.stopped.clear();
    CHECK(outcome(world.deploy_again({})) == "succeeded");
    CHECK(world.service.starts == 2);
    CHECK(world.live().last_known_good == commit('b'));
}

TEST_CASE(
    "the last known good commit stays while the service is stopped, after any number of pushes") {
    Stopped world;
    world.repository.releases = true;
    REQUIRE(world.deploy(polled('b')));
    world.repository.remote_head = commit('c');
    REQUIRE(world.deploy_again(polled('c')));
    CHECK(world.repository.kept == std::vector<CommitId>{commit('c'), commit('b'), commit('a')});
}

TEST_CASE("with service.start a stopped unit is started") {
    Stopped world;
    std::get<SystemdUnits>(world.settings.service).start = true;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.starts == 2);
    CHECK(world.live().last_known_good == commit('b'));
    CHECK(world.notes() == "shop.service was stopped and disabled. This deployment starts it.\n");
}

TEST_CASE("an enabled unit is started, because it would run after the next boot") {
    Stopped world{StoppedUnit::Why::stopped};
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.starts == 2);
    CHECK(world.notes() == "shop.service was stopped. This deployment starts it.\n");
}

TEST_CASE("a masked unit stays stopped, since it cannot be started") {
    Stopped world{StoppedUnit::Why::masked};
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.starts == 1);
}

TEST_CASE(
    "the first deployment starts units that have never run, and reports that they are not "
    "enabled") {
    DeployWorld world;
    world.settings.service = SystemdUnits{{"shop.service"}};
    world.service.stopped = {
        {"shop.service", StoppedUnit::Why::disabled, "systemctl enable --now shop.service"}};
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.starts == 1);
    CHECK(world.ledger.records.back().notes ==
          std::vector<std::string>{"shop.service does not start at boot. To enable it, run "
                                   "`systemctl enable --now shop.service`"});
}

TEST_CASE(
    "after a first deployment that failed before the restart, the next one is still the first") {
    DeployWorld world;
    world.settings.service = SystemdUnits{{"shop.service"}};
    world.service.stopped = {{"shop.service", StoppedUnit::Why::disabled, "x"}};
    world.hooks.present = {Hook::build};
    world.hooks.broken = {"build aaaaaaa"};
    CHECK(outcome(world.deploy()) == "failed");
    world.hooks.broken.clear();
    CHECK(outcome(world.deploy({.force = true})) == "succeeded");
    CHECK(world.service.starts == 1);
}

TEST_CASE("one of several units stays stopped, and without the first unit no probe runs") {
    for (const auto* const stopped : {"web.service", "worker.service"}) {
        CAPTURE(stopped);
        DeployWorld world;
        world.settings.service = SystemdUnits{{"web.service", "worker.service"}};
        world.probe.present = true;
        world.push_after_a();
        world.service.stopped = {{stopped, StoppedUnit::Why::disabled, "x"}};
        world.service.units = 2;
        CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
        CHECK(world.service.starts == 2);
        CHECK(world.live().last_known_good == commit('b'));
        const bool probed = world.probe.probed.back() == commit('b');
        CHECK(probed == (std::string_view{stopped} == "worker.service"));
    }
}

TEST_CASE("a stopped unit stays stopped after a crash and in a rollback") {
    for (const bool broken : {false, true})
        for (unsigned kill_at = 0; kill_at < 9; ++kill_at) {
            CAPTURE(broken, kill_at);
            Stopped world;
            world.hooks.present = {Hook::activate};
            if (broken) world.hooks.broken = {"activate bbbbbbb"};
            world.ledger.saves_left = kill_at;
            (void)world.deploy(polled('b'));
            world.ledger.saves_left.reset();
            // Stopped units are queried again only before the first change.
            const auto report = world.deploy(polled('b'));
            REQUIRE(report);
            CHECK(world.service.starts == 1);
            CHECK(world.repository.at == commit(broken ? 'a' : 'b'));
        }
}
