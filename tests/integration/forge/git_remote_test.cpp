// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using Catch::Matchers::StartsWith;
using test::ContainsSubstring;

namespace {

const std::string one(40, 'a');

/// Asks a child that is this shell script; `$1` in it is the app.
HeadAnswer ask(const std::string& script, Milliseconds deadline = Seconds{30},
               const std::string& program = "/bin/sh") {
    http::Client client{"inhaul-test/1"};
    EventLoop loop{client, system_clock()};
    const auto forge = forge::git_remote(loop, {program, "-c", script, "head"}, deadline);
    const Settings settings{.app = AppName::parse("shop").value(),
                            .repository = "ssh://git.example/app",
                            .branch = BranchName::parse("main").value()};
    std::optional<HeadAnswer> answer;
    forge->ask({settings, CommitId::parse(one), {}}, [&](HeadAnswer a) { answer = std::move(a); });
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

TEST_CASE("the head that the child prints is the answer, the known one an unmoved head") {
    const auto two = CommitId::parse(std::string(40, 'b')).value();
    CHECK(std::get<NewHead>(ask(says(two)).what).commit == two);
    CHECK(std::holds_alternative<NotModified>(ask(says(CommitId::parse(one).value())).what));
}

TEST_CASE("the child is told the app's name") {
    const auto answer = ask("test \"$1\" = shop && " + says(CommitId::parse(one).value()));
    CHECK(std::holds_alternative<NotModified>(answer.what));
}

TEST_CASE("the child's error is told with branch and repository before it") {
    const auto told = poll_error(
        ask(says(fail(ErrorCode::network, "connect to git.example: refused", "Wait.", true))));
    CHECK(told.kind == PollErrorKind::unreachable);
    CHECK(told.message == "main of ssh://git.example/app: connect to git.example: refused");
    CHECK(told.hint == "Wait.");
}

TEST_CASE("a child that hangs is ended, and the forge is reported as unreachable") {
    const auto told = poll_error(ask("sleep 1000", Milliseconds{200}));
    CHECK(told.kind == PollErrorKind::unreachable);
    CHECK_THAT(told.message, StartsWith("main of ssh://git.example/app: ") &&
                                 ContainsSubstring("no answer within 200ms"));
}

TEST_CASE("an answer from a child that then failed or hung is not believed") {
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
        const auto told = poll_error(ask(script));
        CHECK(told.kind == PollErrorKind::local);
        CHECK(told.message.size() < 500);
    }
}
