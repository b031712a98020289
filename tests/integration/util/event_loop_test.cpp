// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/event_loop.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "support/catch.hpp"
#include "support/standin.hpp"

using namespace inhaul;

namespace {

process::Child shell(const std::string& script) {
    auto child = process::Child::spawn({.argv = {"/bin/sh", "-c", script}, .capture_stdout = true});
    REQUIRE(child);
    return std::move(*child);
}

/// Starts a child, and waits until it has set its traps.
process::Child ready_shell(const std::string& script) {
    auto child = shell(script);
    REQUIRE(test::first_line(child) == "ready");
    return child;
}

struct Fixture {
    /// Runs until `done`. Returns the number of wake-ups.
    template <class Done>
    int run_until(Done done) {
        const auto give_up = system_clock().steady() + Seconds{30};
        int wakes = 0;
        while (!done() && system_clock().steady() < give_up) {
            loop.run_once(give_up);
            ++wakes;
        }
        REQUIRE(done());
        return wakes;
    }
    /// Watches a child to its end.
    EventLoop::ChildEnd end_of(process::Child child, EventLoop::ChildLimits limits) {
        std::optional<EventLoop::ChildEnd> end;
        loop.watch(std::move(child), limits, [&](EventLoop::ChildEnd e) { end = std::move(e); });
        run_until([&] { return end.has_value(); });
        CHECK(loop.children() == 0);
        return *end;
    }

    http::Client client{"inhaul-test/1"};
    EventLoop loop{client, system_clock()};
};

constexpr EventLoop::ChildLimits patient{.deadline = Seconds{60}};

/// A pipe that children inherit: its read end shows when the last of them has ended.
struct ChildrenTracker {
    ChildrenTracker() {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        read_end = FileDescriptor{ends[0]};
        ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
        write_end = FileDescriptor{ends[1]};
    }
    bool all_gone() {
        write_end = {};
        pollfd end{.fd = read_end.get(), .events = POLLIN, .revents = 0};
        return ::poll(&end, 1, 10'000) == 1;
    }
    FileDescriptor read_end;
    FileDescriptor write_end;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the end of a child is reported with its status and its output") {
    const auto end = end_of(shell("echo one; echo two; exit 3"), patient);
    CHECK(end.status.code == 3);
    CHECK(end.output == "one\ntwo\n");
    CHECK_FALSE(end.deadline_passed);
}

TEST_CASE_METHOD(Fixture, "the last 64 KiB of a child's output are kept") {
    const auto end = end_of(shell("yes 0123456789 | head -c 1000000; echo last"), patient);
    CHECK(end.status.success());
    CHECK(end.output.size() <= 64 * 1024);
    CHECK(end.output.ends_with("last\n"));
}

TEST_CASE_METHOD(Fixture, "a child gets SIGTERM at its deadline and may clean up") {
    const auto end = end_of(
        ready_shell("trap 'echo tidied; exit 7' TERM; echo ready; while :; do sleep 0.05; done"),
        {.deadline = Milliseconds{100}});
    CHECK(end.deadline_passed);
    CHECK(end.status.code == 7);
    CHECK(end.output == "tidied\n");
}

TEST_CASE_METHOD(Fixture,
                 "a child that ignores SIGTERM is killed with its group after the grace period") {
    ChildrenTracker leash;
    const auto end =
        end_of(ready_shell("trap '' TERM; sleep 1000 & echo ready; while :; do sleep 1000; done"),
               {.deadline = Milliseconds{100}, .grace = Milliseconds{200}});
    CHECK(end.deadline_passed);
    CHECK(end.status.signal == SIGKILL);
    CHECK(leash.all_gone());
}

TEST_CASE_METHOD(Fixture, "the group of a child that ends at its deadline is killed with it") {
    ChildrenTracker leash;
    const auto end =
        end_of(ready_shell("(trap '' TERM; echo ready; sleep 1000; sleep 1000) & trap 'exit 0' "
                           "TERM; while :; do sleep 0.05; done"),
               {.deadline = Milliseconds{100}, .grace = Seconds{60}});
    CHECK(end.deadline_passed);
    CHECK(leash.all_gone());
}

TEST_CASE_METHOD(Fixture, "a child that is stopped early gets its deadline immediately") {
    std::optional<EventLoop::ChildEnd> end;
    const auto id = loop.watch(shell("sleep 1000"), patient,
                               [&](EventLoop::ChildEnd e) { end = std::move(e); });
    loop.end(id + 1);  // no such child
    loop.end(id);
    run_until([&] { return end.has_value(); });
    CHECK(end->status.signal == SIGTERM);
    CHECK(end->deadline_passed);
}

TEST_CASE_METHOD(Fixture, "the wait for a child that closed its output does not wake up") {
    std::optional<EventLoop::ChildEnd> end;
    loop.watch(shell("echo x; exec >&-; sleep 0.4"), patient,
               [&](EventLoop::ChildEnd e) { end = std::move(e); });
    CHECK(run_until([&] { return end.has_value(); }) <= 4);
    CHECK(end->output == "x\n");
}

TEST_CASE_METHOD(Fixture, "the callback of a child's end may start the next child") {
    bool second = false;
    loop.watch(shell("exit 0"), patient, [&](const auto&) {
        loop.watch(shell("exit 0"), patient, [&](const auto&) { second = true; });
    });
    run_until([&] { return second; });
    CHECK(loop.children() == 0);
}

TEST_CASE_METHOD(Fixture, "each of many children ends once") {
    std::vector<int> codes;
    for (int i = 0; i < 8; ++i)
        loop.watch(shell("exit " + std::to_string(i)), patient,
                   [&](const auto& end) { codes.push_back(end.status.code); });
    run_until([&] { return codes.size() >= 8; });
    std::sort(codes.begin(), codes.end());
    CHECK(codes == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE_METHOD(Fixture, "signals arrive inside the loop, each of them") {
    std::vector<int> seen;
    REQUIRE(loop.catch_signals({SIGUSR1, SIGUSR2}, [&](int number) { seen.push_back(number); }));
    ::kill(::getpid(), SIGUSR1);
    ::kill(::getpid(), SIGUSR2);
    CHECK(seen.empty());
    run_until([&] { return seen.size() == 2; });
    CHECK(std::count(seen.begin(), seen.end(), SIGUSR1) == 1);
    // Children do not inherit blocked signals.
    const auto end = end_of(shell("kill -USR1 $$; sleep 1000"), patient);
    CHECK(end.status.signal == SIGUSR1);
}

TEST_CASE("a destroyed loop restores the signals") {
    sigset_t before;
    sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    REQUIRE_FALSE(::sigismember(&before, SIGUSR1));
    {
        http::Client client{"inhaul-test/1"};
        EventLoop loop{client, system_clock()};
        REQUIRE(loop.catch_signals({SIGUSR1}, [](int) {}));
        ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
        CHECK(::sigismember(&after, SIGUSR1));
    }
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK_FALSE(::sigismember(&after, SIGUSR1));
}

TEST_CASE("a destroyed loop kills its children") {
    ChildrenTracker leash;
    {
        http::Client client{"inhaul-test/1"};
        EventLoop loop{client, system_clock()};
        loop.watch(shell("sleep 1000 & sleep 1000"), patient, [](const auto&) { FAIL(); });
    }
    CHECK(leash.all_gone());
}

TEST_CASE_METHOD(Fixture, "an idle loop sleeps without interruption until its next wake-up") {
    const auto until = system_clock().steady() + Milliseconds{300};
    int wakes = 0;
    while (system_clock().steady() < until) {
        loop.run_once(until);
        ++wakes;
    }
    CHECK(wakes == 1);
}

TEST_CASE_METHOD(Fixture, "a deferred action runs in the next iteration") {
    bool ran = false;
    loop.defer([&] { ran = true; });
    CHECK_FALSE(ran);
    loop.run_once({});
    CHECK(ran);
}

TEST_CASE_METHOD(Fixture, "transfers and children make progress at the same time") {
    const test::StandIn standin;
    standin.control({{"do", "fault"}, {"kind", "hang"}});
    bool answered = false;
    client.start({.url = standin.api + "/repos/o/r"}, [&](const auto&) { answered = true; });
    CHECK(end_of(shell("exit 5"), patient).status.code == 5);
    CHECK_FALSE(answered);
    while (standin.requests().empty())
        loop.run_once(system_clock().steady() + Milliseconds{50});
    standin.release();
    run_until([&] { return answered; });
}

TEST_CASE_METHOD(Fixture, "a listener is called when its descriptor is readable, and at its time") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const FileDescriptor read_end{ends[0]};
    FileDescriptor write_end{ends[1]};
    int calls = 0;
    const auto id = loop.listen(read_end.get(), [&] { ++calls; });
    SECTION("readable") {
        REQUIRE(::write(write_end.get(), "x", 1) == 1);
        CHECK(run_until([&] { return calls == 1; }) == 1);
    }
    SECTION("ended") {
        write_end = {};
        CHECK(run_until([&] { return calls == 1; }) == 1);
    }
    SECTION("at its time, once") {
        loop.wake_at(id, system_clock().steady() + Milliseconds{50});
        run_until([&] { return calls == 1; });
        loop.run_once(system_clock().steady() + Milliseconds{50});
        CHECK(calls == 1);
    }
    SECTION("no more once it is forgotten") {
        write_end = {};
        loop.forget(id);
        loop.run_once(system_clock().steady() + Milliseconds{50});
        CHECK(calls == 0);
    }
}

TEST_CASE_METHOD(Fixture, "a listener may forget itself and others, and add more") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const FileDescriptor read_end{ends[0]};
    ::close(ends[1]);
    std::vector<EventLoop::ListenerId> ids(3);
    int calls = 0;
    int added = 0;
    for (auto& id : ids)
        id = loop.listen(read_end.get(), [&] {
            ++calls;
            for (const auto each : ids)
                loop.forget(each);
            ids.push_back(loop.listen(read_end.get(), [&] { ++added; }));
        });
    loop.run_once({});
    CHECK(calls == 1);
    loop.run_once({});
    CHECK(added == 1);
    loop.forget(ids.back());
}
