// SPDX-License-Identifier: Apache-2.0
#include <inhaul/budget.hpp>
#include <inhaul/util/log.hpp>

#include "watch_world.hpp"

namespace inhaul::watch {

using std::chrono::minutes;

TEST_CASE("the first tick polls, and a new head starts a worker with it") {
    World world;
    world.watch({"shop"});
    world.next();
    REQUIRE(world.forge.open.size() == 1);
    world.forge.answer(head('b'));
    world.watcher.tick();
    REQUIRE(world.workers.running.size() == 1);
    CHECK(world.workers.running[0].expected == commit('b'));
}

TEST_CASE("a poll sends the last processed commit") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.next();
    CHECK(world.forge.open[0].known == commit('a'));
}

TEST_CASE("an unchanged head starts nothing and is polled again after the interval") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.poll({NotModified{}});
    CHECK(world.workers.started == 0);
    CHECK(*world.watcher.next_wake() - world.clock.steady() <= Seconds{60});
    world.poll({NotModified{}});
    const auto wait = *world.watcher.next_wake() - world.clock.steady();
    CHECK(wait >= Milliseconds{54'000});
    CHECK(wait <= Milliseconds{66'000});
    world.next();
    CHECK(world.forge.polled == 3);
}

TEST_CASE("an event triggers a poll, rarely if it is not genuine, and never shortens a backoff") {
    World world;
    const auto shop = *AppName::parse("shop");
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.poll({NotModified{}});
    const auto wait = [&] { return *world.watcher.next_wake() - world.clock.steady(); };
    world.watcher.notify(shop, {});
    CHECK(wait() == Seconds{10});
    world.watcher.notify(shop, {.genuine = true});
    CHECK(wait() == Seconds{1});
    world.poll(poll_error(PollErrorKind::server_error));
    const auto backoff = wait();
    world.watcher.notify(shop, {});
    CHECK(wait() == backoff);
    world.watcher.notify(shop, {.genuine = true});
    CHECK(wait() == Seconds{1});
    world.watcher.notify(*AppName::parse("unknown"), {.genuine = true});
}

TEST_CASE("an event during a poll triggers one more poll after it") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.next();
    world.watcher.notify(*AppName::parse("shop"), {.genuine = true});
    CHECK(world.forge.polled == 1);
    world.forge.answer({NotModified{}});
    world.watcher.tick();
    world.next();
    CHECK(world.forge.polled == 2);
    world.forge.answer(head('b'));
    world.watcher.tick();
    REQUIRE(world.workers.running.size() == 1);
    CHECK(world.workers.running[0].trigger == Trigger::relay);
}

TEST_CASE("without a token an event that is not genuine causes no additional polls") {
    World world;
    world.decide("shop", 'a');
    auto anonymous = test::settings("shop");
    anonymous.token_file.reset();
    REQUIRE(world.watcher.set_apps({anonymous}));
    for (int i = 0; i < 2; ++i) {
        world.poll({NotModified{}});
    }
    world.watcher.notify(anonymous.app, {});
    CHECK(*world.watcher.next_wake() - world.clock.steady() >= Seconds{64});
}

TEST_CASE("there is no poll while a worker runs, and one for the newest head right after it") {
    World world;
    world.watch({"shop"});
    world.poll(head('b'));
    CHECK_FALSE(world.watcher.next_wake());
    world.decide("shop", 'b');
    world.workers.end(ExitCode::done);
    CHECK(*world.watcher.next_wake() == world.clock.steady());
    world.next();
    REQUIRE(world.forge.polled == 2);
    world.forge.answer(head('c'));
    world.watcher.tick();
    CHECK(world.workers.running[0].expected == commit('c'));
}

TEST_CASE("a commit that failed permanently is processed and not retried") {
    World world;
    world.watch({"shop"});
    world.poll(head('b'));
    world.decide("shop", 'b');  // as the worker records it
    world.workers.end(ExitCode::failed);
    world.poll({NotModified{}});
    CHECK(world.workers.started == 1);
}

TEST_CASE("a worker that must try later is retried, less and less often") {
    World world;
    world.watch({"shop"});
    Milliseconds waited{0};
    for (int attempt = 1; attempt <= 5; ++attempt) {
        world.poll(head('b'));
        world.workers.end(ExitCode::try_later);
        waited = *world.watcher.next_wake() - world.clock.steady();
    }
    CHECK(world.workers.started == 5);
    CHECK(waited >= minutes{7});
    CHECK(world.stored("shop").undecided == 5);
}

TEST_CASE("a paused app is polled, but not deployed before it is resumed") {
    World world;
    const auto shop = *AppName::parse("shop");
    REQUIRE(world.ledger.pause(shop, std::nullopt, {"ada", ""}));
    world.watch({"shop"});
    world.poll(head('b'));
    CHECK(world.workers.started == 0);
    world.next();
    REQUIRE(world.ledger.resume(shop, {"ada", ""}));
    world.forge.answer(head('b'));
    world.watcher.tick();
    CHECK(world.workers.started == 1);
}

TEST_CASE("after a change of the wall clock an agent polls as often as before") {
    const Milliseconds ten_years{std::chrono::hours{24 * 3653}};
    for (const auto jump : {ten_years, -ten_years}) {
        World world;
        const auto stored = [&] { return *world.stored("shop").next_poll - world.clock.now(); };
        const auto waits = [&] { return *world.watcher.next_wake() - world.clock.steady(); };
        world.decide("shop", 'a');
        world.watch({"shop"});
        world.next();
        world.clock.set_by(jump);  // during a poll
        world.forge.answer({NotModified{}});
        CHECK(waits() > Seconds{25});
        CHECK(waits() < Seconds{70});
        CHECK(stored() < Seconds{70});
        world.clock.set_by(jump);  // between polls
        CHECK(waits() < Seconds{70});
        world.poll(head('b'));
        REQUIRE(world.workers.running.size() == 1);
        world.clock.set_by(-jump);  // during a deployment
        SECTION("the retry of a worker without an outcome does not wait for years") {
            world.workers.end(ExitCode::try_later);
            CHECK(waits() < Seconds{70});
            CHECK(stored() < Seconds{70});
        }
        SECTION("after a worker with an outcome the next poll is immediate") {
            world.decide("shop", 'b');
            world.workers.end(ExitCode::done);
            CHECK(waits() <= Milliseconds{0});
            CHECK(stored() <= Milliseconds{0});
        }
        SECTION("a worker that was locked out is retried soon") {
            world.workers.end(ExitCode::locked);
            CHECK(waits() <= Seconds{10});
            world.next();
            world.workers.end(ExitCode::locked);
            CHECK(waits() <= Seconds{10});
        }
    }
}

TEST_CASE("settings that cannot be applied leave the watcher with its earlier apps") {
    World world;
    world.watch({"shop"});
    world.poll({NotModified{}});
    world.ledger.unavailable = true;
    CHECK_FALSE(world.watcher.set_apps({test::settings("shop"), test::settings("new")}));
    world.ledger.unavailable = false;
    world.next();
    CHECK(world.forge.polled == 2);
    world.forge.answer(head('b'));
    world.watcher.tick();
    CHECK(world.workers.running.at(0).app.text() == "shop");
    REQUIRE(world.watcher.set_apps({test::settings("shop"), test::settings("new")}));
}

TEST_CASE("a worker that deploys a newer head than the poll found has decided it") {
    World world;
    world.watch({"shop"});
    world.poll(head('b'));
    // The fetch of the worker found c.
    auto& state = world.ledger.polls[*AppName::parse("shop")].state;
    state.head = state.processed_head = commit('c');
    world.workers.end(ExitCode::done);
    CHECK(*world.watcher.next_wake() == world.clock.steady());
    CHECK(world.stored("shop").head == commit('c'));
    CHECK(world.stored("shop").undecided == 0);
}

TEST_CASE("a worker that cannot be started has ended after its start") {
    World world;
    std::vector<Watcher::Happened> happened;
    world.watcher.observe(
        [&](const AppName& /*app*/, Watcher::Happened what) { happened.push_back(what); });
    world.workers.fail_to_start = true;
    world.watch({"shop"});
    world.poll(head('b'));
    using enum Watcher::Happened;
    CHECK(happened == std::vector{answered, deploying, deployed});
}

TEST_CASE("a pause with an end delays no poll after its end") {
    World world;
    REQUIRE(world.ledger.pause(*AppName::parse("shop"), Seconds{20}, {"ada", ""}));
    world.watch({"shop"});
    world.poll(head('b'));
    CHECK(*world.watcher.next_wake() - world.clock.steady() == Seconds{20});
    world.poll(head('b'));
    CHECK(world.workers.started == 1);
}

TEST_CASE("a commit held by a gate is retried at the gate's time, a newer one immediately") {
    World world;
    const auto shop = *AppName::parse("shop");
    world.watch({"shop"});
    world.poll(head('b'));
    world.ledger.restrictions_by_app[shop].hold =
        ledger::Hold{commit('b'), "minimum_age", "too young", world.clock.now() + Seconds{90}, {}};
    world.workers.end(ExitCode::refused);
    world.next();  // the head is still polled
    CHECK(world.forge.polled == 2);
    world.forge.answer(head('b'));
    world.watcher.tick();
    CHECK(world.workers.started == 1);
    CHECK(*world.watcher.next_wake() - world.clock.steady() <= Seconds{30});
    world.poll(head('b'));
    CHECK(world.workers.started == 2);
    world.workers.end(ExitCode::refused);
    world.ledger.restrictions_by_app[shop].hold->until = world.clock.now() + Seconds{900};
    world.poll(head('c'));
    CHECK(world.workers.started == 3);
}

TEST_CASE("changed settings apply immediately, also after a gate held the commit") {
    World world;
    const auto shop = *AppName::parse("shop");
    world.ledger.restrictions_by_app[shop].hold =
        ledger::Hold{commit('b'), "windows", "closed", world.clock.now() + Seconds{90'000}, {}};
    world.watch({"shop"});
    world.poll(head('b'));
    CHECK(world.workers.started == 1);
}

TEST_CASE("a worker gets the id of the delivery that triggered it, and no other") {
    World world;
    const auto shop = *AppName::parse("shop");
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.poll({NotModified{}});
    world.watcher.notify(shop, {.genuine = true, .delivery = "delivery 7"});
    world.poll(head('b'));
    CHECK(world.workers.running[0].origin == "delivery 7");
    world.decide("shop", 'b');
    world.workers.end(ExitCode::done);
    world.poll(head('c'));
    CHECK(world.workers.running[0].origin.empty());
}

TEST_CASE("a worker that another process locks out starts again soon, without a poll") {
    World world;
    auto anonymous = test::settings("shop");
    anonymous.token_file.reset();
    REQUIRE(world.watcher.set_apps({anonymous}));
    world.poll(head('b'));
    const auto end = world.clock.steady() + minutes{60};
    while (world.clock.steady() < end) {
        if (!world.workers.running.empty()) {
            CHECK(world.workers.running[0].expected == commit('b'));
            world.workers.end(ExitCode::locked);
            CHECK(*world.watcher.next_wake() - world.clock.steady() <= Seconds{10});
        }
        world.next();
        if (!world.forge.open.empty()) {
            world.forge.answer(head('b'));
            world.watcher.tick();
        }
    }
    CHECK(world.workers.started > 300);
    CHECK(world.forge.polled <= 60);
    CHECK(world.stored("shop").undecided == 0);
}

TEST_CASE(
    "a worker that was locked out does not start for a head that the other process deployed") {
    World world;
    world.watch({"shop"});
    world.poll(head('b'));
    world.workers.end(ExitCode::locked);
    SECTION("it deployed the head") {
        world.decide("shop", 'b');
    }
    SECTION("an operator has paused the app meanwhile") {
        REQUIRE(world.ledger.pause(*AppName::parse("shop"), std::nullopt, {"ada", ""}));
    }
    SECTION("a server refused its requests") {
        REQUIRE(world.ledger.block(world.forge.budget_name, world.clock.now() + minutes{5}));
    }
    const auto end = world.clock.steady() + Seconds{20};
    while (world.forge.open.empty() && world.watcher.next_wake() &&
           *world.watcher.next_wake() <= end)
        world.next();
    CHECK(world.workers.started == 1);
}

TEST_CASE("a genuine event is polled also while another process deploys") {
    World world;
    auto rare = test::settings("shop");
    rare.poll_interval = std::chrono::hours{12};
    REQUIRE(world.watcher.set_apps({rare}));
    world.poll(head('b'));
    world.workers.end(ExitCode::locked);
    world.clock.advance(Seconds{2});
    world.watcher.notify(rare.app, {.genuine = true});
    world.watcher.tick();
    CHECK(world.forge.polled == 2);
}

TEST_CASE("a poll error is stored with its reason and never as an answer") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.next();
    world.forge.answer(poll_error(PollErrorKind::no_access));
    CHECK(world.stored("shop").poll_error->kind == PollErrorKind::no_access);
    CHECK_FALSE(world.stored("shop").answered);
    CHECK(world.watcher.status_line() ==
          "1 app: 0 up to date, 1 with a failed poll (shop: the reason)");
}

TEST_CASE("the log has a poll error again if its cause changes, not if only its numbers change") {
    World world;
    std::vector<std::string> logged;
    log::set_sink([&](const log::Event& event) { logged.push_back(std::string{event.sentence}); });
    world.watch({"shop"});
    const auto lines_after = [&](const std::string& message) {
        logged.clear();
        world.poll({PollError{PollErrorKind::local, message, ""}});
        return logged.size();
    };
    CHECK(lines_after("open /etc/inhaul/shop1.key: no such file") == 1);
    CHECK(lines_after("open /etc/inhaul/shop1.key: no such file") == 0);
    CHECK(lines_after("open /srv/keys/shop1.key: no such file") == 1);
    CHECK(lines_after("no answer within 20 s (request 7F3A:91)") == 1);
    CHECK(lines_after("no answer within 31 s (request 1B2C:12)") == 0);
    log::set_sink([](const log::Event& /*event*/) {});
}

TEST_CASE("only an app whose head is live is counted as up to date") {
    World world;
    const auto shop = *AppName::parse("shop");
    world.decide("shop", 'b');
    auto& live = world.ledger.lives[shop];
    live.tree = live.last_known_good = commit('b');
    world.watch({"shop"});
    const auto line_after = [&](const HeadAnswer& answer) {
        world.poll(answer);
        return world.watcher.status_line();
    };
    CHECK(line_after(head('b')) == "1 app: 1 up to date");
    // Rolled back, refused, failed: each head is processed, and is not live.
    const Error cause{ErrorCode::failed, "exit status 1"};
    const std::vector<std::pair<deployment::State, std::string>> ends{
        {deployment::RolledBack{commit('a'), {commit('b'), cause}}, "rolled-back"},
        {deployment::Refused{"paths", "no"}, "refused"},
        {deployment::Failed{cause}, "failed"}};
    live.tree = live.last_known_good = commit('a');
    for (const auto& [state, name] : ends) {
        ledger::Record record{.number = static_cast<std::int64_t>(world.ledger.records.size()) + 1,
                              .app = shop};
        record.to = record.head = commit('b');
        record.state = state;
        record.finished = world.clock.now();
        world.ledger.records.push_back(record);
        CHECK(line_after({NotModified{}}) ==
              "1 app: 0 up to date, 1 not at the head (shop: bbbbbbb " + name + ")");
    }
    // A poll error does not hide a failure.
    CHECK(line_after(poll_error(PollErrorKind::no_access)) ==
          "1 app: 0 up to date, 1 not at the head (shop: bbbbbbb failed), 1 with a failed poll "
          "(shop: the reason)");
    ledger::Record record{.number = 4, .app = shop};
    record.to = commit('a');
    record.state = deployment::Succeeded{commit('a')};
    record.finished = world.clock.now();
    world.ledger.records.push_back(record);
    CHECK(line_after({NotModified{}}) ==
          "1 app: 0 up to date, 1 not at the head (shop: aaaaaaa was chosen by an operator)");
    REQUIRE(world.ledger.pause(shop, std::nullopt, {"ada", ""}));
    CHECK(line_after(head('c')) ==
          "1 app: 0 up to date, 1 waiting (shop: ccccccc is waiting for its deployment)");
}

TEST_CASE("a rate limit holds for every app on the same budget, across a restart") {
    test::FakeClock clock;
    World world;
    world.watch({"blog", "shop"});
    world.next();
    REQUIRE(world.forge.polled == 2);
    auto limited = poll_error(PollErrorKind::rate_limited);
    std::get<PollError>(limited.what).not_before = world.clock.now() + minutes{30};
    world.forge.answer(limited);
    world.forge.answer({NewHead{commit('a')}});
    world.decide("shop", 'a');

    Watcher restarted{{world.forge, world.workers, world.ledger, world.clock}, 1};
    REQUIRE(restarted.set_apps({test::settings("blog"), test::settings("shop")}));
    world.clock.advance(minutes{5});
    restarted.tick();
    CHECK(world.forge.polled == 2);
    world.clock.advance(minutes{31});
    restarted.tick();
    CHECK(world.forge.polled == 4);
}

TEST_CASE("after the last request that a limit allows, all its apps wait, also after a restart") {
    World world;
    world.decide("shop", 'a');
    world.decide("blog", 'a');
    world.watch({"blog", "shop"});
    HeadAnswer last{NotModified{}};
    SECTION("a used-up limit") {
        last.remaining = 0;
        last.window_ends = world.clock.now() + minutes{50};
        world.next();
        world.forge.answer(last);
        world.forge.answer({NotModified{}});
        world.clock.advance(minutes{2});
        world.watcher.tick();
    }
    SECTION("an interval of the server") {
        last.poll_interval = minutes{50};
        world.next();
        world.forge.answer(last);
        world.forge.answer(last);
    }
    REQUIRE(world.forge.polled == 2);
    Watcher restarted{{world.forge, world.workers, world.ledger, world.clock}, 1};
    REQUIRE(restarted.set_apps({test::settings("blog"), test::settings("shop")}));
    const auto pass = [&](Milliseconds time) {
        const auto end = world.clock.steady() + time;
        while (restarted.next_wake() && *restarted.next_wake() <= end) {
            world.clock.advance(
                std::max(*restarted.next_wake() - world.clock.steady(), Milliseconds{0}));
            restarted.tick();
        }
        world.clock.advance(end - world.clock.steady());
    };
    pass(minutes{45});
    CHECK(world.forge.polled == 2);
    pass(minutes{10});
    CHECK(world.forge.polled == 4);
}

TEST_CASE("apps that waited for one limit do not poll at the same instant after it") {
    World world;
    REQUIRE(world.ledger.block(world.forge.budget_name, world.clock.now() + minutes{30}));
    const auto end = world.clock.steady() + minutes{30};
    world.watch({"blog", "forum", "shop", "wiki"});
    world.watcher.tick();
    CHECK(world.forge.polled == 0);
    std::vector<SteadyPoint> polls;
    while (polls.size() < 4) {
        world.next();
        polls.resize(world.forge.polled, world.clock.steady());
    }
    CHECK(polls.front() >= end + Seconds{2});
    CHECK(polls.back() <= end + Seconds{4});
    CHECK(std::adjacent_find(polls.begin(), polls.end()) == polls.end());
}

TEST_CASE("a server's wait without a shared limit holds for one app, despite events") {
    World world;
    const auto shop = *AppName::parse("shop");
    world.forge.budget_name = "";
    world.watch({"shop"});
    world.next();
    auto busy = poll_error(PollErrorKind::rate_limited);
    std::get<PollError>(busy.what).not_before = world.clock.now() + minutes{30};
    world.forge.answer(busy);
    world.clock.advance(minutes{5});
    world.watcher.notify(shop, {.genuine = true});
    world.clock.advance(minutes{5});
    world.watcher.tick();
    CHECK(world.forge.polled == 1);
    world.clock.advance(minutes{31});
    world.watcher.tick();
    CHECK(world.forge.polled == 2);
}

TEST_CASE("after a failed deployment, the agent waits as long as the server demands") {
    World world;
    world.forge.deployment_budget_names = {"git server", "checks"};
    const auto budget =
        GENERATE(as<std::string>{}, "git server", "checks", app_budget(test::settings("shop")));
    CAPTURE(budget);
    world.watch({"shop"});
    world.poll(head('a'));
    REQUIRE(world.ledger.block(budget, world.clock.now() + minutes{30}));
    world.workers.end(ExitCode::try_later);
    world.clock.advance(minutes{29});
    world.watcher.tick();
    CHECK(world.forge.polled == 1);
    world.clock.advance(minutes{2});
    world.watcher.tick();
    CHECK(world.forge.polled == 2);
}

TEST_CASE("the limit of a git server holds for all its apps, and after a change of the settings") {
    World world;
    world.forge.deployment_budget_names = {"git server"};
    world.watch({"shop"});
    world.poll(head('a'));
    REQUIRE(world.ledger.block("git server", world.clock.now() + minutes{30}));
    world.workers.end(ExitCode::try_later);
    auto changed = test::settings("shop");
    changed.hash = "another";
    REQUIRE(world.watcher.set_apps({changed, test::settings("blog")}));
    world.watcher.tick();
    world.clock.advance(minutes{29});
    world.watcher.tick();
    CHECK(world.forge.polled == 1);
    world.clock.advance(minutes{2});
    world.watcher.tick();
    CHECK(world.forge.polled == 3);
}

TEST_CASE("a renamed repository is polled by its number until the settings change") {
    World world;
    world.watch({"shop"});
    world.next();
    auto answer = head('a');
    answer.repository_id = 77;
    answer.moved_to = "octocat/store";
    world.forge.answer(answer);
    world.watcher.tick();
    world.decide("shop", 'a');
    world.workers.end(ExitCode::done);
    world.next();
    CHECK(world.forge.open[0].repository_id == 77);
    world.forge.answer({NotModified{}});

    auto changed = test::settings("shop");
    changed.hash = "another";
    REQUIRE(world.watcher.set_apps({changed}));
    world.next();
    CHECK_FALSE(world.forge.open[0].repository_id);
    world.forge.answer({NotModified{}});
    CHECK_FALSE(world.stored("shop").moved_to);
}

TEST_CASE("a reload keeps running jobs and starts new apps") {
    World world;
    world.watch({"shop"});
    world.next();
    world.watch({"blog", "shop"});
    CHECK(world.forge.open.size() == 1);
    world.next();
    REQUIRE(world.forge.open.size() == 2);
    CHECK(world.forge.open[1].app.text() == "blog");
    world.forge.answer(head('b'));
    world.watcher.tick();
    CHECK(world.workers.running[0].app.text() == "shop");
}

TEST_CASE("a reload ends the sessions with the forge only if an app is new, changed or removed") {
    World world;
    const auto resets_after = [&](std::vector<Settings> apps) {
        const auto before = world.forge.resets;
        REQUIRE(world.watcher.set_apps(std::move(apps)));
        return world.forge.resets - before;
    };
    const auto shop = test::settings("shop");
    const auto blog = test::settings("blog");
    auto changed = shop;
    changed.hash = "another";
    CHECK(resets_after({shop}) == 1);
    CHECK(resets_after({shop}) == 0);
    CHECK(resets_after({shop, blog}) == 1);
    CHECK(resets_after({changed, blog}) == 1);
    CHECK(resets_after({blog}) == 1);
    CHECK(resets_after({blog}) == 0);
    world.ledger.unavailable = true;
    CHECK_FALSE(world.watcher.set_apps({shop}));
    CHECK(world.forge.resets == 4);
}

TEST_CASE("an answer for a removed or replaced app changes nothing") {
    World world;
    world.watch({"shop"});
    world.next();
    world.watch({});
    world.forge.answer(head('b'));
    world.watcher.tick();
    CHECK(world.workers.started == 0);
    CHECK_FALSE(world.watcher.next_wake());
}

TEST_CASE("the number of simultaneous polls and workers is limited") {
    World world;
    std::vector<std::string> names;
    for (int i = 10; i < 40; ++i)
        names.push_back("app" + std::to_string(i));
    world.watch(names);
    world.watcher.tick();
    CHECK(world.forge.open.size() == 8);
    while (!world.forge.open.empty()) {
        world.forge.answer(head('b'));
        world.watcher.tick();
    }
    CHECK(world.forge.polled == 30);
    CHECK(world.workers.running.size() == 2);
    world.workers.end(ExitCode::try_later);
    world.watcher.tick();
    CHECK(world.workers.running.size() == 2);
    CHECK(world.workers.started == 3);
}

TEST_CASE("after a stop nothing starts, and the watcher is idle when the last worker ends") {
    World world;
    world.watch({"shop"});
    world.poll(head('b'));
    world.watcher.stop();
    CHECK_FALSE(world.watcher.idle());
    world.workers.end(ExitCode::done);
    CHECK(world.watcher.idle());
    world.clock.advance(minutes{60});
    world.watcher.tick();
    CHECK(world.forge.polled == 1);
}

TEST_CASE("`once` polls each app one time, deploys new heads, and is idle") {
    World world;
    world.decide("blog", 'a');
    world.watch({"blog", "shop"});
    world.watcher.poll_each_once();
    world.watcher.tick();
    world.forge.answer({NotModified{}});
    world.forge.answer(head('b'));
    world.watcher.tick();
    CHECK_FALSE(world.watcher.idle());
    world.workers.end(ExitCode::failed);
    CHECK(world.watcher.idle());
    CHECK(world.watcher.exit_code() == ExitCode::failed);
    CHECK(world.forge.polled == 2);
}

TEST_CASE("once does not poll again before a backoff ends, and its status is \"try later\"") {
    World world;
    world.watch({"shop"});
    world.next();
    world.forge.answer(poll_error(PollErrorKind::server_error));

    Watcher later{{world.forge, world.workers, world.ledger, world.clock}, 1};
    REQUIRE(later.set_apps({test::settings("shop")}));
    later.poll_each_once();
    later.tick();
    CHECK(later.idle());
    CHECK(later.exit_code() == ExitCode::try_later);
    CHECK(world.forge.polled == 1);
}

TEST_CASE("once ignores the interval after a good answer") {
    World world;
    world.decide("shop", 'a');
    world.watch({"shop"});
    world.next();
    world.forge.answer({NotModified{}});

    Watcher later{{world.forge, world.workers, world.ledger, world.clock}, 1};
    REQUIRE(later.set_apps({test::settings("shop")}));
    later.poll_each_once();
    later.tick();
    CHECK(world.forge.polled == 2);
}

}  // namespace inhaul::watch
