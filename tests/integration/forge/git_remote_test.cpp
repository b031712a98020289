// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"

using namespace inhaul;
using Catch::Matchers::StartsWith;
using test::ContainsSubstring;

namespace {

const std::string one(40, 'a');

/// Gives this answer to each poll, and counts the polls.
struct Heads final : GitHeads {
    explicit Heads(http::Client& from) : client(from) {}
    void poll_head(const Settings& /*settings*/, Answered answered) override {
        ++polls;
        client.defer([answer = answer, answered = std::move(answered)] { answered(answer); });
    }
    void reset() override { ++begun; }
    http::Client& client;
    std::optional<GitHead> answer;
    int polls = 0;
    int begun = 0;
};

/// Polls by a child that is this shell script; `$1` in it is the app.
HeadAnswer ask(const std::string& script, Milliseconds deadline = Seconds{30},
               const std::string& program = "/bin/sh") {
    http::Client client{"inhaul-test/1"};
    EventLoop loop{client, system_clock()};
    Heads heads{client};
    const auto forge =
        forge::git_remote(loop, system_clock(), heads, {program, "-c", script, "head"}, deadline);
    const Settings settings{.app = AppName::parse("shop").value(),
                            .repository = "ssh://git.example/app",
                            .git_url = "ssh://git.example/app",
                            .branch = BranchName::parse("main").value()};
    std::optional<HeadAnswer> answer;
    forge->poll_head({settings, CommitId::parse(one), {}},
                     [&](HeadAnswer a) { answer = std::move(a); });
    CHECK_FALSE(answer);
    CHECK(forge->budget(settings).empty());
    while (!answer)
        loop.run_once({});
    CHECK(loop.children() == 0);
    return *answer;
}

PollError poll_error(const HeadAnswer& answer) {
    REQUIRE(std::holds_alternative<PollError>(answer.what));
    return std::get<PollError>(answer.what);
}

std::string says(const Result<CommitId>& head) {
    return "printf '%s\\n' '" + forge::format_answer(head) + "'";
}

}  // namespace

TEST_CASE("the head that the child prints is the answer, and the known head is not modified") {
    const auto two = CommitId::parse(std::string(40, 'b')).value();
    CHECK(std::get<NewHead>(ask(says(two)).what).commit == two);
    CHECK(std::holds_alternative<NotModified>(ask(says(CommitId::parse(one).value())).what));
}

TEST_CASE("the child gets the app's name") {
    const auto answer = ask("test \"$1\" = shop && " + says(CommitId::parse(one).value()));
    CHECK(std::holds_alternative<NotModified>(answer.what));
}

TEST_CASE("the child's error is reported with branch and repository") {
    const auto error = poll_error(
        ask(says(fail(ErrorCode::network, "connect to git.example: refused", "Wait.", true))));
    CHECK(error.kind == PollErrorKind::unreachable);
    CHECK(error.message == "main of ssh://git.example/app: connect to git.example: refused");
    CHECK(error.hint == "Wait.");
}

TEST_CASE("an error that names the URL is reported as it is") {
    const auto error = poll_error(
        ask(says(fail(ErrorCode::not_found, "fetch ssh://git.example/app: no such repository"))));
    CHECK(error.message == "fetch ssh://git.example/app: no such repository");
}

TEST_CASE("a child that hangs is killed, and the forge is reported as unreachable") {
    const auto error = poll_error(ask("sleep 1000", Milliseconds{200}));
    CHECK(error.kind == PollErrorKind::unreachable);
    CHECK_THAT(error.message, StartsWith("main of ssh://git.example/app: ") &&
                                  ContainsSubstring("no answer within 200ms"));
}

TEST_CASE("an answer of a child that then failed or hung is ignored") {
    const auto head = says(CommitId::parse(std::string(40, 'b')).value());
    CHECK(poll_error(ask(head + "; exit 1")).kind == PollErrorKind::local);
    CHECK(poll_error(ask(head + "; kill -9 $$")).kind == PollErrorKind::local);
    CHECK(poll_error(ask(head + "; sleep 1000", Milliseconds{200})).kind ==
          PollErrorKind::unreachable);
}

TEST_CASE("a child that cannot start, or prints no answer, is a local error") {
    CHECK(poll_error(ask("true", Seconds{30}, "/nonexistent/inhaul")).kind == PollErrorKind::local);
    for (const auto* script : {"true", "echo", "echo nonsense", "head -c 200000 /dev/zero"}) {
        CAPTURE(script);
        const auto error = poll_error(ask(script));
        CHECK(error.kind == PollErrorKind::local);
        CHECK(error.message.size() < 500);
    }
}

namespace {

/// Polls `heads`, and a child with this script if they have no answer.
struct Asking {
    explicit Asking(std::string script)
        : forge(forge::git_remote(loop, clock, heads, {"/bin/sh", "-c", std::move(script), "head"},
                                  Seconds{30})) {}
    HeadAnswer ask() {
        std::optional<HeadAnswer> answer;
        forge->poll_head({settings, CommitId::parse(one), {}},
                         [&](HeadAnswer a) { answer = std::move(a); });
        while (!answer)
            loop.run_once({});
        return *answer;
    }
    test::FakeClock clock;
    http::Client client{"inhaul-test/1"};
    EventLoop loop{client, system_clock()};
    Heads heads{client};
    std::unique_ptr<forge::Forge> forge;
    Settings settings{.app = AppName::parse("shop").value(),
                      .repository = "https://git.example/app",
                      .git_url = "https://git.example/app",
                      .branch = BranchName::parse("main").value()};
};

const auto two = CommitId::parse(std::string(40, 'b')).value();

}  // namespace

TEST_CASE("a head that is polled without a child has the same form as the child's") {
    Asking asking{"exit 1"};
    asking.heads.answer = GitHead{two};
    CHECK(std::get<NewHead>(asking.ask().what).commit == two);
    asking.heads.answer = GitHead{CommitId::parse(one).value(), "https://git.example/new"};
    const auto moved = asking.ask();
    CHECK(std::holds_alternative<NotModified>(moved.what));
    CHECK(moved.moved_to == "https://git.example/new");
    asking.heads.answer = GitHead{fail(ErrorCode::network, "connect: refused", "Wait.", true)};
    const auto error = poll_error(asking.ask());
    CHECK(error.kind == PollErrorKind::unreachable);
    CHECK(error.message == "main of https://git.example/app: connect: refused");
    CHECK(error.hint == "Wait.");
}

TEST_CASE("a server that answers only a child is polled by a child for a day") {
    Asking asking{says(two)};
    for (int i = 0; i < 3; ++i)
        CHECK(std::get<NewHead>(asking.ask().what).commit == two);
    CHECK(asking.heads.polls == 1);
    SECTION("and then without a child again") {
        asking.clock.advance(std::chrono::hours{25});
    }
    SECTION("or until the settings are reloaded") {
        asking.forge->reset();
        CHECK(asking.heads.begun == 1);
    }
    CHECK(std::get<NewHead>(asking.ask().what).commit == two);
    CHECK(asking.heads.polls == 2);
}

TEST_CASE("a server that does not answer the child either is polled without it the next time") {
    Asking asking{says(fail(ErrorCode::protocol, "not a git repository"))};
    CHECK(poll_error(asking.ask()).kind == PollErrorKind::invalid_answer);
    CHECK(poll_error(asking.ask()).kind == PollErrorKind::invalid_answer);
    CHECK(asking.heads.polls == 2);
}
