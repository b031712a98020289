// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <map>

#include <inhaul/watch/schedule.hpp>

#include "watch_world.hpp"

namespace inhaul::watch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Two apps that deploy the same branch of the same repository.
std::vector<Settings> twins() {
    auto other = test::settings("shop");
    other.app = *AppName::parse("blog");
    other.hash = "another";
    return {test::settings("shop"), other};
}

void answer_all(World& world, const HeadAnswer& answer) {
    while (!world.forge.open.empty())
        world.forge.answer(answer);
    world.watcher.tick();
}

/// Lets both apps poll once, so that their settings count as known.
void settle(World& world) {
    world.decide("shop", 'a');
    world.decide("blog", 'a');
    world.next();
    answer_all(world, {NotModified{}});
}

}  // namespace

TEST_CASE("poll.spread delays the polls of events evenly, up to its length", "[long]") {
    World world;
    const auto shop = *AppName::parse("shop");
    auto app = test::settings("shop");
    app.poll_interval = hours{12};
    app.poll_spread = Milliseconds{60'000};
    world.decide("shop", 'a');
    REQUIRE(world.watcher.set_apps({app}));
    constexpr int events = 600;
    std::array<int, 6> parts{};
    for (int event = 0; event <= events; ++event) {
        world.next();
        world.forge.answer({NotModified{}});
        world.watcher.tick();
        world.clock.advance(Seconds{5});  // the least time between two genuine events is over
        world.watcher.notify(shop, {.genuine = true});
        const auto wait = *world.watcher.next_wake() - world.clock.steady();
        REQUIRE(wait >= Milliseconds{0});
        REQUIRE(wait <= Milliseconds{60'000});
        ++parts.at(static_cast<std::size_t>(std::min<std::int64_t>(wait.count() / 10'000, 5)));
    }
    for (const auto part : parts) {
        CHECK(part > events / 6 / 2);
        CHECK(part < events / 6 * 2);
    }
}

TEST_CASE("poll.spread delays also the poll after an event during a poll, and after a connection") {
    World world;
    const auto shop = *AppName::parse("shop");
    auto app = test::settings("shop");
    app.poll_interval = hours{12};
    app.poll_spread = hours{1};
    world.decide("shop", 'a');
    REQUIRE(world.watcher.set_apps({app}));
    world.next();
    SECTION("an event during a poll") {
        world.watcher.notify(shop, {.genuine = true});
        world.forge.answer({NotModified{}});
        world.watcher.tick();
    }
    SECTION("a new connection to the relay") {
        world.forge.answer({NotModified{}});
        world.watcher.tick();
        world.watcher.set_relay_connected(shop, true);
    }
    const auto wait = *world.watcher.next_wake() - world.clock.steady();
    CHECK(wait > minutes{1});
    CHECK(wait <= hours{1});
}

TEST_CASE("apps with the same repository and branch share one poll, and each deploys its answer") {
    World world;
    REQUIRE(world.watcher.set_apps(twins()));
    settle(world);
    world.forge.polled = 0;
    for (int polls = 1; polls <= 20; ++polls) {
        world.next();
        REQUIRE(world.forge.open.size() == 1);
        answer_all(world, {NotModified{}});
        CHECK(world.stored("shop").answered == world.clock.now());
        CHECK(world.stored("blog").answered == world.clock.now());
    }
    CHECK(world.forge.polled == 20);
    world.next();
    answer_all(world, head('b'));
    REQUIRE(world.workers.running.size() == 2);
    CHECK(world.workers.running[0].app != world.workers.running[1].app);
    CHECK(world.workers.running[0].expected == commit('b'));
    CHECK(world.workers.running[1].expected == commit('b'));
}

TEST_CASE("a failed poll is the failure of all apps that share it") {
    World world;
    REQUIRE(world.watcher.set_apps(twins()));
    settle(world);
    world.next();
    REQUIRE(world.forge.open.size() == 1);
    world.forge.answer(poll_error(PollErrorKind::unreachable));
    CHECK(world.stored("shop").failures == 1);
    CHECK(world.stored("blog").failures == 1);
}

TEST_CASE("an app with another repository, branch or token has its own polls") {
    World world;
    auto apps = twins();
    SECTION("another branch") {
        apps[1].branch = *BranchName::parse("other");
    }
    SECTION("another token") {
        apps[1].token_file = "/etc/inhaul/other-token";
    }
    SECTION("another key") {
        apps[1].ssh_key = "/etc/inhaul/key";
    }
    SECTION("another repository") {
        apps[1].git_url = "https://github.com/octocat/other.git";
    }
    SECTION("without the kept connection") {
        apps[1].keep_connection = false;
    }
    REQUIRE(world.watcher.set_apps(apps));
    settle(world);
    world.forge.polled = 0;
    const auto until = world.clock.steady() + minutes{20};
    std::map<AppName, int> polls;
    while (world.clock.steady() < until) {
        world.next();
        for (const auto& open : world.forge.open)
            ++polls[open.app];
        answer_all(world, {NotModified{}});
    }
    CHECK(polls[apps[0].app] >= 17);
    CHECK(polls[apps[1].app] >= 17);
}

TEST_CASE("an app that has processed another head does not share the poll of the others") {
    World world;
    REQUIRE(world.watcher.set_apps(twins()));
    settle(world);
    world.decide("blog", 'c');
    world.next();
    REQUIRE(world.forge.open.size() == 1);
    CHECK(world.forge.open[0].known == world.stored(world.forge.open[0].app.text()).processed_head);
    world.forge.answer({NotModified{}});
    CHECK(world.stored("shop").answered != world.stored("blog").answered);
}

TEST_CASE("a week of polls keeps its interval, with one wake-up for each poll", "[long]") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    const auto begun = world.clock.steady();
    const auto end = begun + hours{24 * 7};
    std::size_t wakes = 0;
    auto longest = Milliseconds{0};
    auto last = begun;
    while (world.clock.steady() < end) {
        world.next();
        ++wakes;
        longest = std::max(longest, Milliseconds{world.clock.steady() - last});
        last = world.clock.steady();
        world.clock.advance(Milliseconds{80});  // the time of the request and its answer
        world.forge.answer({NotModified{}});
        world.watcher.tick();
        REQUIRE(world.forge.open.empty());
    }
    CHECK(wakes == world.forge.polled);
    CHECK(wakes > 24 * 7 * 59);
    CHECK(wakes < 24 * 7 * 61);
    CHECK(longest <= Seconds{67});
    CHECK(world.stored("shop").failures == 0);
    // The head is known from the first answer.
    CHECK(world.stored("shop").polls_changed == 1);
    CHECK(world.stored("shop").polls_unchanged == static_cast<std::int64_t>(wakes) - 1);
    CHECK(world.workers.started == 0);
}

TEST_CASE("in a week with an outage each night, polls are rare during it and prompt after it",
          "[long]") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    const auto begun = world.clock.steady();
    for (int day = 0; day < 7; ++day) {
        const auto outage = begun + hours{24 * day + 2};
        const auto over = outage + hours{4};
        std::size_t during = 0;
        while (world.clock.steady() < begun + hours{24 * (day + 1)}) {
            world.next();
            const bool out = world.clock.steady() >= outage && world.clock.steady() < over;
            if (out) ++during;
            if (!out && world.stored("shop").failures > 0)
                CHECK(world.clock.steady() - over <= backoff_cap * 11 / 10);
            world.forge.answer(out ? poll_error(PollErrorKind::unreachable)
                                   : HeadAnswer{NotModified{}});
            world.watcher.tick();
        }
        CHECK(during >= 4);
        CHECK(during < 45);
        CHECK(world.stored("shop").failures == 0);
    }
    CHECK(world.forge.polled > 7 * 20 * 58);
}

}  // namespace inhaul::watch
