// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include <inhaul/report/outbox.hpp>
#include <inhaul/util/file.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_ledger.hpp"
#include "support/samples.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::test {
namespace {

using deployment::Failed;
using deployment::RolledBack;
using deployment::Succeeded;
using std::chrono::hours;
using std::chrono::minutes;

const AppName app_shop = *AppName::parse("shop");
const Error exit_one{ErrorCode::failed, "exit status 1"};

/// Keeps the requests. The test answers them.
struct HeldTransport final : report::Transport {
    struct Held {
        http::Request request;
        std::function<void(Result<http::Response>)> done;
    };
    std::deque<Held> held;
    std::vector<std::string> ids;

    void request(http::Request request, std::function<void(Result<http::Response>)> done) override {
        for (const auto& header : request.headers)
            if (header.starts_with("webhook-id: ")) ids.push_back(header.substr(12));
        held.push_back({std::move(request), std::move(done)});
    }
    void run(report::Program /*program*/,
             std::function<void(Result<report::ProgramResult>)> done) override {
        done(report::ProgramResult{0, "exit status 0", ""});
    }
    void mail(mail::Message /*message*/, std::function<void(Result<mail::Reply>)> done) override {
        done(mail::Reply{250, true, ""});
    }
    /// Answers the oldest request, and returns its body.
    std::string answer(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
        REQUIRE_FALSE(held.empty());
        auto first = std::move(held.front());
        held.pop_front();
        first.done(http::Response{.status = status, .headers = std::move(headers), .body = "ok"});
        return first.request.body.value_or("");
    }
};

struct OutboxFixture {
    TemporaryDirectory directory;
    FakeClock clock;
    FakeLedger ledger{clock};
    AccountSettings account;
    Settings shop = settings("shop");
    std::unique_ptr<HeldTransport> transport = std::make_unique<HeldTransport>();
    std::unique_ptr<report::Outbox> outbox;

    OutboxFixture() { add("ops", NotifyTarget::Type::webhook); }

    void add(const std::string& name, NotifyTarget::Type type) {
        NotifyTarget target;
        target.name = name;
        target.type = type;
        target.url = "https://" + name + ".example/x";
        account.targets.push_back(target);
    }
    /// Also as after a kill: the requests before are never answered.
    void start() {
        outbox.reset();
        transport = std::make_unique<HeldTransport>();
        outbox = std::make_unique<report::Outbox>(
            report::Outbox::Ports{*transport, ledger, ledger, clock},
            report::Origin{"web1", "scripts"}, directory.path / "lock", 1);
        REQUIRE(outbox->set_targets(account, {shop}, true));
    }
    void deploy(const deployment::State& end, char to = 'b') {
        auto record = ledger.begin(app_shop, Trigger::poll, {}).value();
        record.to = commit(to);
        record.head = record.to;
        for (const auto& state : {deployment::State{deployment::Checking{commit(to)}},
                                  deployment::State{deployment::Switching{commit(to)}}, end}) {
            record.state = state;
            REQUIRE(ledger.save(record, std::nullopt));
        }
        if (outbox) outbox->deploys(app_shop, false);
    }
    /// Runs the outbox as the agent's loop does, until it waits for an answer or for nothing.
    void run(Milliseconds at_most = hours{48}) {
        const auto end = clock.steady() + at_most;
        for (int turns = 0; turns < 10'000; ++turns) {
            outbox->tick();
            const auto wake = outbox->next_wake();
            if (!transport->held.empty() || !wake || *wake > end) return;
            if (*wake > clock.steady()) clock.advance(*wake - clock.steady());
        }
        FAIL("the outbox never becomes idle");
    }
    [[nodiscard]] ledger::TargetState state(const std::string& name = "ops") {
        return ledger.target(name).value().value();
    }
};

}  // namespace

TEST_CASE("an outbox with nothing to send needs no wake-up") {
    OutboxFixture office;
    office.start();
    office.run();
    CHECK_FALSE(office.outbox->next_wake());
    office.deploy(Succeeded{commit('b')});
    office.run();
    CHECK(office.transport->ids.empty());
    CHECK_FALSE(office.outbox->next_wake());
    CHECK(office.outbox->drained());
}

TEST_CASE("a new target gets none of the earlier reports") {
    OutboxFixture office;
    office.deploy(Failed{exit_one});
    office.start();
    office.run();
    CHECK(office.transport->held.empty());
}

TEST_CASE("the same cause is sent once, and once at its end") {
    OutboxFixture office;
    office.start();
    for (int i = 0; i < 3; ++i)
        office.deploy(Failed{exit_one});
    office.run();
    CHECK(office.transport->answer(200).find("deployment.failed") != std::string::npos);
    office.run();
    CHECK(office.transport->held.empty());
    office.start();  // also after a restart
    office.deploy(Failed{exit_one});
    office.run();
    CHECK(office.transport->held.empty());
    office.deploy(Succeeded{commit('c')}, 'c');
    office.run();
    CHECK(office.transport->answer(200).find("app.recovered") != std::string::npos);
    office.deploy(Failed{exit_one});
    office.run();
    CHECK(office.transport->answer(200).find("deployment.failed") != std::string::npos);
}

TEST_CASE("a fault of the host is one cause for all commits, with other numbers as well") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{{ErrorCode::no_space, "write x: 17 bytes after 3s", "", true}}, 'b');
    office.deploy(Failed{{ErrorCode::no_space, "write x: 29 bytes after 41s", "", true}}, 'c');
    office.run();
    (void)office.transport->answer(200);
    office.run();
    CHECK(office.transport->held.empty());
}

TEST_CASE("settings that cannot be applied leave the outbox with its earlier targets") {
    OutboxFixture office;
    office.start();
    office.ledger.unavailable = true;
    CHECK_FALSE(office.outbox->set_targets(office.account, {office.shop}, true));
    office.ledger.unavailable = false;
    office.deploy(Failed{exit_one});
    office.run();
    CHECK(office.transport->answer(200).find("deployment.failed") != std::string::npos);
}

TEST_CASE("an attempt that fails is repeated with the same id, later each time") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{exit_one});
    auto before = office.clock.steady();
    Milliseconds last{0};
    for (int i = 0; i < 5; ++i) {
        office.run();
        CHECK(office.clock.steady() - before >= last / 2);
        last = office.clock.steady() - before;
        before = office.clock.steady();
        (void)office.transport->answer(500);
    }
    office.run();
    (void)office.transport->answer(200);
    office.run();
    REQUIRE(office.transport->ids.size() == 6);
    CHECK(std::set(office.transport->ids.begin(), office.transport->ids.end()).size() == 1);
    CHECK(office.state().error.empty());
    CHECK_FALSE(office.outbox->next_wake());
}

TEST_CASE("a retry waits for the time that the target asks for") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{exit_one});
    office.run();
    const auto time = GENERATE(minutes{10}, minutes{300});
    (void)office.transport->answer(429, {{"retry-after", std::to_string(time / Seconds{1})}});
    const auto before = office.clock.steady();
    office.run();
    CHECK(office.transport->held.size() == 1);
    CHECK(office.clock.steady() - before >= time);
    CHECK(office.clock.steady() - before < time + minutes{1});
}

TEST_CASE("a target that refuses one message gets the next") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{exit_one}, 'b');
    office.deploy(Failed{exit_one}, 'c');
    office.run();
    (void)office.transport->answer(404);
    CHECK(office.state().error == "HTTP status 404: ok");
    office.run();
    (void)office.transport->answer(200);
    CHECK(office.state().error.empty());
}

TEST_CASE("a target that hangs does not delay another") {
    OutboxFixture office;
    office.add("slow", NotifyTarget::Type::webhook);
    office.start();
    office.deploy(Failed{exit_one}, 'b');
    office.run();
    REQUIRE(office.transport->held.size() == 2);
    std::swap(office.transport->held.front(), office.transport->held.back());
    const auto first = office.transport->held.front().request.url;
    (void)office.transport->answer(200);
    office.deploy(Failed{exit_one}, 'c');
    office.clock.advance(minutes{1});
    office.outbox->tick();
    REQUIRE(office.transport->held.size() == 2);
    CHECK(office.transport->held.back().request.url == first);
}

TEST_CASE("an expired report is not sent") {
    OutboxFixture office;
    office.account.targets.front().events = {ReportKind::started, ReportKind::failed};
    office.start();
    office.deploy(Failed{exit_one});
    CHECK(office.ledger.reports.front().kind == ReportKind::started);
    office.run();
    CHECK(office.transport->answer(200).find("deployment.failed") != std::string::npos);
    office.deploy(Failed{exit_one}, 'c');
    office.clock.advance(hours{25});
    office.run();
    CHECK(office.transport->held.empty());
    CHECK(office.state().error.find("was not sent in time") != std::string::npos);
}

TEST_CASE("a kill at any point loses nothing and repeats at most once") {
    const auto type = GENERATE(NotifyTarget::Type::webhook, NotifyTarget::Type::slack);
    const auto dies_at = GENERATE(0U, 1U, 2U, 3U, 4U);
    const bool answered = GENERATE(false, true);
    CAPTURE(to_string(type), dies_at, answered);
    OutboxFixture office;
    office.account.targets.front().type = type;
    office.start();
    office.deploy(Failed{exit_one}, 'b');
    office.deploy(Failed{exit_one}, 'c');
    office.ledger.saves_left = dies_at;
    std::map<std::string, int> sent;
    std::vector<std::string> ids;
    const auto go = [&] {
        for (int i = 0; i < 4; ++i) {
            office.run(minutes{1});
            if (office.transport->held.empty()) return;
            ++sent[office.transport->held.front().request.body.value_or("")];
            if (!answered && office.ledger.saves_left == 0U) return;
            (void)office.transport->answer(200);
        }
    };
    go();
    office.ledger.saves_left.reset();
    office.start();
    go();
    CHECK(sent.size() == 2);
    for (const auto& [body, times] : sent)
        CHECK(times <= 2);
}

TEST_CASE("an agent that crashes at each attempt does not repeat a message forever") {
    OutboxFixture office;
    office.account.targets.front().type = NotifyTarget::Type::slack;
    office.start();
    office.deploy(Failed{exit_one});
    int sent = 0;
    for (int i = 0; i < 5; ++i) {
        office.run();
        sent += office.transport->held.empty() ? 0 : 1;
        office.start();
    }
    CHECK(sent == 2);
    CHECK(office.state().error.find("may be lost") != std::string::npos);
}

TEST_CASE("a day without an answer from the forge is one message, and one at its end", "[long]") {
    OutboxFixture office;
    office.start();
    ledger::PollState poll_state;
    std::vector<std::string> messages;
    for (int minute = 0; minute < 24 * 60; ++minute) {
        poll_state.poll_error = PollError{PollErrorKind::unreachable, "connect: timed out", "", {}};
        REQUIRE(office.ledger.save_poll_state(app_shop, poll_state));
        office.outbox->polled(app_shop, false);
        office.outbox->tick();
        while (!office.transport->held.empty()) {
            messages.push_back(office.transport->answer(200));
            CHECK(minute >= 60);
            CHECK(minute <= 61);
        }
        if (minute % 100 == 99) office.start();
        office.clock.advance(minutes{1});
    }
    REQUIRE(messages.size() == 1);
    CHECK(messages.front().find("app.cannot_tell") != std::string::npos);
    CHECK(messages.front().find("connect: timed out") != std::string::npos);
    poll_state.poll_error.reset();
    REQUIRE(office.ledger.save_poll_state(app_shop, poll_state));
    office.outbox->polled(app_shop, true);
    office.run();
    CHECK(office.transport->answer(200).find("app.recovered") != std::string::npos);
    office.run();
    CHECK(office.transport->held.empty());
    CHECK_FALSE(office.outbox->next_wake());
}

TEST_CASE("app.cannot_tell is reported on time, even if the next poll is far") {
    OutboxFixture office;
    office.start();
    ledger::PollState poll_state;
    poll_state.poll_error = PollError{PollErrorKind::rate_limited, "limit", "", {}};
    REQUIRE(office.ledger.save_poll_state(app_shop, poll_state));
    office.outbox->polled(app_shop, false);
    const auto before = office.clock.steady();
    office.run();
    CHECK(office.transport->held.size() == 1);
    CHECK(office.clock.steady() - before == hours{1});
}

TEST_CASE("a ping follows an answer from the forge, at most once a minute, with the open faults") {
    OutboxFixture office;
    office.account.targets.clear();
    office.add("alive", NotifyTarget::Type::ping);
    office.start();
    office.outbox->polled(app_shop, false);
    office.run(minutes{1});
    CHECK(office.transport->held.empty());
    office.outbox->polled(app_shop, true);
    office.outbox->polled(app_shop, true);
    REQUIRE(office.transport->held.size() == 1);
    CHECK(office.transport->held.front().request.url == "https://alive.example/x");
    (void)office.transport->answer(200);
    office.deploy(Failed{exit_one});
    office.clock.advance(minutes{1});
    office.outbox->polled(app_shop, true);
    REQUIRE(office.transport->held.size() == 1);
    CHECK(office.transport->held.front().request.url == "https://alive.example/x/fail");
    CHECK(office.transport->answer(200) == "shop: exit status 1");
}

TEST_CASE("two processes of an account do not send at the same time") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{exit_one});
    office.run();
    REQUIRE(office.transport->held.size() == 1);
    HeldTransport other;
    report::Outbox second{{other, office.ledger, office.ledger, office.clock},
                          {"web1", "scripts"},
                          office.directory.path / "lock",
                          2};
    REQUIRE(second.set_targets(office.account, {office.shop}, false));
    second.tick();
    CHECK(other.held.empty());
    CHECK(second.drained());
    (void)office.transport->answer(200);
    office.run();
    office.clock.advance(minutes{1});
    second.tick();
    CHECK(other.held.empty());
    CHECK_FALSE(second.next_wake());
}

TEST_CASE("an outbox does not wait while another process sends") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{exit_one});
    const auto path = office.directory.path / "lock";
    const auto other = file::Lock::acquire(path, "another process");
    REQUIRE(other);
    const auto begun = system_clock().steady();
    REQUIRE_FALSE(file::Lock::acquire(path, "a caller that waits"));
    const auto waited = system_clock().steady() - begun;
    // The quickest attempt counts: the machine may be busy during one of them.
    auto quickest = waited;
    for (int i = 0; i < 5; ++i) {
        office.clock.advance(minutes{1});
        const auto before = system_clock().steady();
        office.outbox->tick();
        quickest = std::min(quickest, system_clock().steady() - before);
        CHECK(office.transport->held.empty());
    }
    CHECK(quickest < waited / 2);
}

TEST_CASE(
    "the error of a target that answers 410 stays unchanged, and its reports are not counted as "
    "lost") {
    OutboxFixture office;
    office.start();
    office.deploy(Failed{exit_one});
    office.run();
    office.transport->answer(410);
    const auto error = office.state().error;
    CHECK(error.find("sends nothing more") != std::string::npos);
    for (const char to : {'c', 'd', 'e'}) {
        office.deploy(Succeeded{commit('a')}, 'a');
        office.deploy(Failed{exit_one}, to);
        office.clock.advance(hours{30});
        office.run();
    }
    CHECK(office.transport->held.empty());
    CHECK(office.state().error == error);
    CHECK(office.state().count_failed == 1);
    CHECK_FALSE(office.outbox->next_wake());
}

TEST_CASE("a start whose end is sent is not counted as expired") {
    OutboxFixture office;
    office.account.targets.front().events = {ReportKind::started, ReportKind::succeeded};
    office.start();
    office.deploy(Succeeded{commit('b')});
    office.clock.advance(hours{2});
    office.run();
    office.transport->answer(200);
    office.run();
    CHECK(office.state().count_sent == 1);
    CHECK(office.state().count_expired == 0);
}

}  // namespace inhaul::test
