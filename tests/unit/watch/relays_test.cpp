// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/relays.hpp>

#include <fstream>
#include <vector>

#include <sys/stat.h>

#include <inhaul/util/hmac.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_ledger.hpp"
#include "support/samples.hpp"
#include "support/tls.hpp"

namespace inhaul::watch {
namespace {

using test::ContainsSubstring;

/// Streams that are open until the test ends them.
struct FakeStreams final : Streams {
    struct Open {
        http::StreamId id;
        http::Request request;
        http::StreamEvents events;
    };
    std::vector<Open> open_ones;
    std::size_t opened = 0;

    http::StreamId open(http::Request request, http::StreamEvents events) override {
        open_ones.push_back({++opened, std::move(request), std::move(events)});
        return opened;
    }
    void close(http::StreamId stream) override {
        std::erase_if(open_ones, [&](const auto& each) { return each.id == stream; });
    }
    /// Returns the events of the only stream. A copy, since they may close the stream.
    http::StreamEvents only() {
        REQUIRE(open_ones.size() == 1);
        return open_ones.front().events;
    }
    void answer(int status, std::vector<std::pair<std::string, std::string>> headers = {
                                {"content-type", "text/event-stream"}}) {
        http::Response response;
        response.status = status;
        response.headers = std::move(headers);
        only().head(response);
    }
    void say(const std::string& bytes) { only().body(bytes); }
    void end(Result<void> how = {}) {
        const auto events = only();
        open_ones.clear();
        events.ended(std::move(how));
    }
};

struct FakeForge final : forge::Forge {
    std::vector<Answered> open;
    std::size_t polled = 0;
    void poll_head(const forge::HeadRequest& /*request*/, Answered answered) override {
        ++polled;
        open.push_back(std::move(answered));
    }
    std::string budget(const Settings& /*settings*/) override { return "budget"; }
};

struct FakeWorkers final : Workers {
    std::vector<Trigger> started;
    void start(const Settings& /*settings*/, const CommitId& /*expected*/, Trigger trigger,
               const std::string& /*origin*/, Ended ended) override {
        started.push_back(trigger);
        ended(ExitCode::done);
    }
    void resume(const Settings& /*settings*/, Trigger /*trigger*/, Ended ended) override {
        ended(ExitCode::done);
    }
    bool deploying(const AppName& /*app*/) override { return false; }
    void end_all() override {}
};

struct World {
    test::TemporaryDirectory temporary;
    test::FakeClock clock;
    test::FakeLedger ledger{clock};
    FakeForge forge;
    FakeWorkers workers;
    FakeStreams streams;
    Watcher watcher{{forge, workers, ledger, clock}, 42};
    Relays relays{{streams, watcher, ledger, clock}, 42};
    const AppName shop = *AppName::parse("shop");
    std::filesystem::path secret_file = temporary.path / "secret";

    World() {
        std::ofstream{secret_file} << "sesame\n";
        ::chmod(secret_file.c_str(), 0600);
        ledger.polls[shop].state.processed_head = test::commit('a');
    }
    Settings settings(const std::string& name = "shop") {
        auto made = test::settings(name);
        made.relay = RelaySettings{.url = "https://smee.io/channel", .secret_files = {secret_file}};
        return made;
    }
    void listen(std::vector<Settings> apps) {
        REQUIRE(watcher.set_apps(apps));
        REQUIRE(relays.set_apps(apps));
        tick();
    }
    /// Connects to the relay, and polls once without a new head.
    void begin() {
        listen({settings()});
        streams.answer(200);
        streams.say("event: ready\ndata: {}\n\n");
        answer_all();
        clock.advance(Seconds{60});
        streams.say(": keepalive\n");
    }
    void tick() {
        relays.tick();
        watcher.tick();
    }
    void answer_all(const HeadAnswer& with = {NotModified{}}) {
        tick();
        for (const auto& answered : std::exchange(forge.open, {}))
            answered(with);
        tick();
    }
    /// Sends a push with GitHub's signature, or with a wrong one.
    void push(char before, char after, const std::string& name = "octocat/shop",
              const char* secret = "sesame") {
        const auto body = "{\"ref\":\"refs/heads/main\",\"before\":\"" + std::string(40, before) +
                          "\",\"after\":\"" + std::string(40, after) +
                          "\",\"repository\":{\"id\":7,\"full_name\":\"" + name + "\"}}";
        const auto signature = to_hex(hmac_sha256(Secret{secret}, body));
        streams.say("data: {\"x-github-event\":\"push\",\"x-hub-signature-256\":\"sha256=" +
                    signature + "\",\"body\":" + body + "}\n\n");
        tick();
    }
    void pass(Milliseconds time) {
        clock.advance(time);
        tick();
    }
    /// Returns the time to the next action, with a stream that stays alive.
    Milliseconds next_poll() { return *watcher.next_wake() - clock.steady(); }
    ledger::Relay stored() { return ledger.relays[shop]; }
};

}  // namespace

TEST_CASE("the request for a channel has the headers that smee needs") {
    World world;
    world.listen({world.settings()});
    REQUIRE(world.streams.open_ones.size() == 1);
    const auto& request = world.streams.open_ones.front().request;
    CHECK(request.url == "https://smee.io/channel");
    CHECK(request.headers ==
          std::vector<std::string>{"Accept: text/event-stream", "Cache-Control: no-cache"});
    CHECK_FALSE(request.bearer);
}

TEST_CASE("a connected relay leads to one poll, and then to a slow interval") {
    World world;
    world.listen({world.settings()});
    CHECK(world.forge.polled == 1);  // at the start
    world.answer_all();
    world.pass(Seconds{15});
    CHECK_FALSE(world.stored().connected);
    world.streams.answer(200);
    CHECK_FALSE(world.stored().connected);  // a page also has status 200
    world.streams.say("event: ready\ndata: {}\n\n");
    CHECK(world.stored().connected);
    world.tick();
    CHECK(world.forge.polled == 2);
    world.answer_all();
    CHECK(world.next_poll() >= Seconds{270});
}

TEST_CASE("a push triggers one poll, and the forge's head is deployed") {
    World world;
    world.begin();
    const auto polled = world.forge.polled;
    world.push('a', 'b');
    CHECK(world.forge.polled == polled + 1);
    world.answer_all({NewHead{test::commit('b')}});
    CHECK(world.workers.started == std::vector{Trigger::relay});
    world.ledger.polls[world.shop].state.processed_head = test::commit('b');
    world.answer_all();
    const auto before = world.forge.polled;
    world.pass(Seconds{60});
    world.push('a', 'b');
    CHECK(world.forge.polled == before);
    world.pass(Seconds{5});
    CHECK(world.stored().last_word == "a push that was received before");
}

TEST_CASE("a reload keeps unsaved state, and a poll that is due") {
    World world;
    world.begin();
    const auto polled = world.forge.polled;
    world.push('a', 'b', "octocat/shop", "wrong");
    REQUIRE(world.relays.set_apps({world.settings()}));
    CHECK_FALSE(world.stored().refused.empty());
    world.pass(Seconds{31});
    CHECK(world.forge.polled == polled + 1);
}

TEST_CASE("while the forge still returns the old head, polls are repeated for a limited time") {
    World world;
    world.begin();
    const auto polled = world.forge.polled;
    world.push('a', 'b');
    world.answer_all();
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 5; ++i) {
        waits.push_back(world.next_poll().count() / 1000);
        world.pass(world.next_poll());
        world.streams.say(": keepalive\n");
        world.answer_all();
    }
    CHECK(waits == std::vector<std::int64_t>{1, 2, 4, 8, 15});
    CHECK(world.forge.polled == polled + 6);
    CHECK(world.next_poll() > Seconds{200});
}

TEST_CASE("a replayed signed push triggers one poll") {
    World world;
    world.begin();
    const auto polled = world.forge.polled;
    world.push('c', 'd');  // older than this ledger
    world.answer_all();
    CHECK(world.forge.polled == polled + 1);
    CHECK(world.next_poll() > Seconds{200});
}

TEST_CASE("a series of pushes triggers one poll per second") {
    World world;
    world.begin();
    const auto polled = world.forge.polled;
    for (const char commit : {'b', 'c', 'd', 'e', 'f'})
        world.push('9', commit);
    CHECK(world.forge.polled == polled + 1);
    world.answer_all();
    CHECK(world.next_poll() <= Seconds{1});
    world.pass(Seconds{1});
    CHECK(world.forge.polled == polled + 2);
}

TEST_CASE(
    "silence for 90 seconds counts as a lost connection, and polling is fast again immediately") {
    World world;
    world.begin();
    world.pass(Seconds{89});
    CHECK(world.streams.opened == 1);
    const auto polled = world.forge.polled;
    world.pass(Seconds{1});
    CHECK(world.streams.open_ones.empty());
    CHECK_FALSE(world.stored().connected);
    CHECK_THAT(*world.stored().error, ContainsSubstring("nothing for 1m30s"));
    CHECK(world.stored().reconnects == 1);
    CHECK(world.forge.polled == polled + 1);  // the usual interval has passed
    world.pass(Seconds{2});
    CHECK(world.streams.opened == 2);
}

TEST_CASE("connections that end every half minute do not lose events") {
    World world;
    world.begin();
    world.streams.end();
    for (int i = 0; i < 20; ++i) {
        const auto opened = world.streams.opened;
        world.pass(Seconds{1});
        CHECK(world.streams.opened == opened + 1);
        world.streams.answer(200);
        world.streams.say("event: ready\ndata: {}\n\n");
        world.pass(Seconds{30});
        world.streams.end(fail(ErrorCode::network, "smee.io closed the connection", {}, true));
    }
}

TEST_CASE("the backoff grows if connections end immediately") {
    World world;
    world.begin();
    world.streams.end();
    for (int i = 0; i < 8; ++i) {
        for (const auto opened = world.streams.opened; world.streams.opened == opened;)
            world.pass(Seconds{1});
        world.streams.answer(200);
        world.streams.say("event: ready\ndata: {}\n\n");
        world.pass(Seconds{5});
        world.streams.end();
    }
    const auto opened = world.streams.opened;
    world.pass(Seconds{60});
    CHECK(world.streams.opened == opened);
}

TEST_CASE("a stream that a proxy buffers is reported as that") {
    World world;
    world.listen({world.settings()});
    world.streams.answer(200);
    world.pass(Seconds{59});
    CHECK(world.streams.open_ones.size() == 1);
    world.pass(Seconds{1});
    CHECK(world.streams.open_ones.empty());
    CHECK_THAT(*world.stored().error, ContainsSubstring("no ping within 60 s"));
    CHECK_THAT(world.stored().hint, ContainsSubstring("proxy_buffering off"));
}

TEST_CASE("a renamed repository is identified by the number from a genuine push") {
    World world;
    world.begin();
    world.push('a', 'b');
    world.answer_all({NewHead{test::commit('b')}});
    world.ledger.polls[world.shop].state.processed_head = test::commit('b');
    world.answer_all();
    world.pass(Seconds{30});
    world.streams.say(": keepalive\n");
    const auto polled = world.forge.polled;
    world.push('b', 'c', "octocat/renamed");
    CHECK(world.forge.polled == polled + 1);
    CHECK(world.stored().repository_id == 7);
    // Changed settings may name another repository.
    auto other = world.settings();
    other.repository = "octocat/else";
    other.github->name = "else";
    other.hash = "another";
    world.listen({other});
    world.answer_all();
    world.pass(Seconds{30});
    const auto before = world.forge.polled;
    world.push('b', 'd', "octocat/renamed");
    CHECK(world.forge.polled == before);
}

TEST_CASE("dropped or possibly genuine events trigger one poll in total") {
    World world;
    world.begin();
    const auto polled = world.forge.polled;
    SECTION("too many at once") {
        for (int i = 0; i < 300; ++i)
            world.streams.say("data: {\"x-github-event\":\"push\",\"body\":{}}\n\n");
    }
    SECTION("changed by the relay") {
        std::ofstream{world.secret_file} << "another\n";
        for (const char after : {'b', 'c', 'd'})
            world.push('a', after);
    }
    CHECK(world.forge.polled == polled);
    world.pass(Seconds{30});
    CHECK(world.forge.polled == polled + 1);
    world.answer_all();
    world.streams.say(": keepalive\n");
    world.pass(Seconds{60});
    CHECK(world.forge.polled == polled + 1);
}

TEST_CASE("any data keeps a connection alive, also a comment") {
    World world;
    world.begin();
    for (int i = 0; i < 10; ++i) {
        world.pass(Seconds{60});
        world.streams.say(": keepalive\n\n");
    }
    CHECK(world.streams.opened == 1);
    CHECK(world.stored().connected);
}

TEST_CASE("a relay that sends too much data is disconnected, and connected again after a backoff",
          "[long]") {
    World world;
    world.begin();
    const std::string noise = ": " + std::string(1'000'000, 'x') + "\n";
    int sent = 0;
    for (; sent < 100 && world.stored().connected; ++sent)
        world.streams.say(noise);
    CHECK(sent < 100);
    CHECK(sent > 20);
    CHECK_THAT(world.stored().error.value_or(""), ContainsSubstring("sends too much data"));
    const auto opened = world.streams.opened;
    world.pass(Seconds{59});
    CHECK(world.streams.opened == opened);
    world.pass(Seconds{2});
    CHECK(world.streams.opened == opened + 1);
}

TEST_CASE("the backoff grows with each failure, and a good connection resets it") {
    World world;
    world.listen({world.settings()});
    Milliseconds waited{0};
    for (int i = 0; i < 12; ++i) {
        world.streams.end(fail(ErrorCode::network, "connect to smee.io: refused", {}, true));
        const auto before = world.streams.opened;
        for (waited = Milliseconds{0}; world.streams.opened == before; waited += Milliseconds{250})
            world.pass(Milliseconds{250});
    }
    CHECK(waited >= Seconds{150});
    CHECK(waited <= Seconds{301});
    world.streams.answer(200);
    world.streams.say("event: ready\ndata: {}\n\n");
    world.pass(Seconds{80});
    world.streams.end();
    world.pass(Seconds{2});
    CHECK(world.streams.opened == 14);
}

TEST_CASE("each answer other than a stream has its own message") {
    using Headers = std::vector<std::pair<std::string, std::string>>;
    struct Answer {
        int status;
        Headers headers;
        const char* sentence;
    };
    for (const auto& answer : std::vector<Answer>{
             {301, {{"location", "https://other.example/x?token=y"}}, "redirect to other.example"},
             {403, {}, "refuses the channel"},
             {404, {}, "the channel does not exist"},
             {410, {}, "smee.io answers with 410"},
             {429, {}, "too many requests"},
             {500, {}, "smee.io answers with 500"},
             {503, {}, "the relay is overloaded"},
         }) {
        World world;
        world.listen({world.settings()});
        world.streams.answer(answer.status, answer.headers);
        INFO(answer.status);
        CHECK(world.streams.open_ones.empty());
        CHECK_THAT(world.stored().error.value_or(""), ContainsSubstring(answer.sentence));
    }
}

TEST_CASE("the Retry-After of an overloaded relay is obeyed") {
    World world;
    world.listen({world.settings()});
    world.streams.answer(429, {{"retry-after", "120"}});
    world.pass(Seconds{119});
    CHECK(world.streams.opened == 1);
    world.pass(Seconds{2});
    CHECK(world.streams.opened == 2);
    // Two hours by the relay's clock, which differs from the clock of this host.
    world.streams.answer(503, {{"retry-after", "Sat, 01 Jan 2000 02:00:00 GMT"},
                               {"date", "Sat, 01 Jan 2000 00:00:00 GMT"}});
    world.pass(Seconds{2 * 3600 - 1});
    CHECK(world.streams.opened == 2);
    world.pass(Seconds{2});
    CHECK(world.streams.opened == 3);
}

TEST_CASE("a page leads to a request for gosmee's events") {
    World world;
    world.listen({world.settings()});
    world.streams.answer(200, {{"content-type", "text/html"}});
    REQUIRE(world.streams.open_ones.size() == 1);
    CHECK(world.streams.open_ones.front().request.url == "https://smee.io/events/channel");
    SECTION("the relay is gosmee") {
        world.streams.answer(200);
        world.streams.say("data: {\"message\":\"connected\"}\n\nid: 5-0\ndata: {\"body\":{}}\n\n");
        CHECK(world.stored().connected);
        world.pass(Seconds{5});
        world.streams.end();
        world.pass(Seconds{2});
        const auto& request = world.streams.open_ones.front().request;
        CHECK(request.url == "https://smee.io/events/channel");
        CHECK(request.headers.back() == "Last-Event-ID: 5-0");
        // Also after a restart, but never on another channel.
        CHECK_FALSE(world.stored().last_id.empty());
        auto moved = world.settings();
        moved.relay->url = "https://smee.io/other";
        moved.hash = "another";
        world.listen({moved});
        CHECK(world.streams.open_ones.front().request.headers.size() == 2);
        world.listen({world.settings()});
        CHECK(world.streams.open_ones.front().request.headers.back() == "Last-Event-ID: 5-0");
    }
    SECTION("there is a page as well") {
        world.streams.answer(200, {{"content-type", "text/html"}});
        CHECK(world.streams.open_ones.empty());
        CHECK_THAT(*world.stored().error, ContainsSubstring("text/html instead of events"));
        world.pass(Seconds{2});
        CHECK(world.streams.open_ones.front().request.url == "https://smee.io/channel");
    }
}

TEST_CASE("with an unreadable secret all events are refused") {
    World world;
    world.begin();
    std::filesystem::remove(world.secret_file);
    const auto polled = world.forge.polled;
    world.push('a', 'b');
    CHECK(world.forge.polled == polled);
    world.pass(Seconds{5});
    CHECK(world.stored().refused["no secret to check with"] == 1);
}

TEST_CASE("the channel of removed apps is closed") {
    World world;
    world.listen({world.settings(), world.settings("blog")});
    CHECK(world.streams.open_ones.size() == 1);
    world.listen({world.settings("blog")});
    CHECK(world.streams.opened == 1);
    auto silent = world.settings("blog");
    silent.relay.reset();
    silent.hash = "another";
    world.listen({silent});
    CHECK(world.streams.open_ones.empty());
}

}  // namespace inhaul::watch
