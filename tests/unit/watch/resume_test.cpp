// SPDX-License-Identifier: Apache-2.0
#include "watch_world.hpp"

// Which interrupted deployments the watcher resumes, and when.

namespace inhaul::watch {
namespace {

using std::chrono::minutes;

const AppName shop = *AppName::parse("shop");

struct Interrupted : World {
    ledger::Record record{.app = shop};

    /// The head b is processed. An operator has deployed c, and the process died in this state.
    explicit Interrupted(deployment::State state) {
        decide("shop", 'b');
        ledger.polls[shop].state.head = commit('b');
        auto begun = ledger.begin(shop, Trigger::manual, "ada");
        REQUIRE(begun);
        record = *std::move(begun);
        record.to = commit('c');
        for (auto& each : {deployment::State{deployment::Switching{commit('c')}}, state}) {
            record.state = each;
            REQUIRE(ledger.save(record, std::nullopt));
        }
    }
    void finish() {
        record.state = deployment::Succeeded{commit('c')};
        REQUIRE(ledger.save(record, std::nullopt));
    }
};

const deployment::State restarting = deployment::Restarting{commit('c'), {}};

}  // namespace

TEST_CASE("an interrupted deployment is resumed before the first poll, also of a processed head") {
    Interrupted world{restarting};
    SECTION("at once") {}
    SECTION("while the app is paused") {
        REQUIRE(world.ledger.pause(shop, std::nullopt, {"ada", ""}));
    }
    SECTION("while the server allows no request") {
        REQUIRE(world.ledger.block(world.forge.budget_name, world.clock.now() + minutes{50}));
    }
    world.watch({"shop"});
    world.next();
    REQUIRE(world.workers.resuming.size() == 1);
    CHECK(world.forge.polled == 0);
    CHECK_FALSE(world.watcher.idle());
    world.finish();
    world.workers.end_resumed(ExitCode::done);
    world.next();
    CHECK(world.workers.resuming.empty());
    CHECK(world.workers.started == 0);
}

TEST_CASE("a deployment that dies under a running agent is resumed at the next poll") {
    Interrupted world{restarting};
    world.workers.locked = true;
    world.watch({"shop"});
    const auto answer = GENERATE(0, 1, 2);
    world.poll({NotModified{}});
    CHECK(world.workers.resuming.empty());  // its process runs
    world.workers.locked = false;
    world.next();
    if (answer == 2) REQUIRE(world.ledger.pause(shop, std::nullopt, {"ada", ""}));
    world.forge.answer(answer == 0   ? HeadAnswer{NotModified{}}
                       : answer == 1 ? poll_error(PollErrorKind::unreachable)
                                     : head('d'));
    world.watcher.tick();
    REQUIRE(world.workers.resuming.size() == 1);
    world.finish();
    world.workers.end_resumed(ExitCode::done);
    world.next();
    CHECK(world.forge.open.size() == 1);
}

TEST_CASE("the worker for a new head also resumes, so no other worker starts before it") {
    Interrupted world{restarting};
    world.workers.locked = true;
    world.watch({"shop"});
    world.next();
    world.workers.locked = false;
    world.forge.answer(head('d'));
    world.watcher.tick();
    CHECK(world.workers.resuming.empty());
    CHECK(world.workers.started == 1);
}

TEST_CASE("a worker that dies again while it resumes is retried after a backoff") {
    Interrupted world{restarting};
    world.watch({"shop"});
    world.next();
    world.workers.end_resumed(ExitCode::try_later);
    CHECK(*world.watcher.next_wake() - world.clock.steady() > Seconds{20});
    CHECK(world.stored("shop").undecided == 1);
    world.poll({NotModified{}});
    REQUIRE(world.workers.resuming.size() == 1);
    world.finish();
    world.workers.end_resumed(ExitCode::failed);
    world.poll({NotModified{}});
    CHECK(world.workers.resuming.empty());
    CHECK(world.stored("shop").undecided == 0);
}

TEST_CASE("a deployment that had changed nothing is not resumed") {
    World world;
    world.decide("shop", 'b');
    REQUIRE(world.ledger.begin(shop, Trigger::manual, "ada"));
    world.watch({"shop"});
    world.poll({NotModified{}});
    CHECK(world.workers.resuming.empty());
}

TEST_CASE("`once` resumes, and then polls") {
    Interrupted world{restarting};
    world.watch({"shop"});
    world.watcher.poll_each_once();
    world.next();
    REQUIRE(world.workers.resuming.size() == 1);
    SECTION("after a success") {
        world.finish();
        world.workers.end_resumed(ExitCode::done);
        world.poll({NotModified{}});
        CHECK(world.watcher.idle());
        CHECK(world.watcher.exit_code() == ExitCode::done);
    }
    SECTION("a failure is its result") {
        world.workers.end_resumed(ExitCode::failed);
        CHECK(world.watcher.idle());
        CHECK(world.watcher.exit_code() == ExitCode::failed);
    }
}

TEST_CASE("reread settings do not delay a poll that an event brought forward") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.poll({NotModified{}});
    world.watcher.notify(shop, {.genuine = true});
    const auto wake = world.watcher.next_wake();
    world.watch({"shop"});
    CHECK(world.watcher.next_wake() == wake);
}

}  // namespace inhaul::watch
