// SPDX-License-Identifier: Apache-2.0
#include "service/unit_state.hpp"

#include <csignal>

#include "support/catch.hpp"

using namespace inhaul;
using namespace inhaul::service;

namespace {

const SystemdUnit shop{"shop.service", SystemdUnit::Scope::system};

UnitState running(std::string invocation) {
    return {.load = "loaded",
            .active = "active",
            .sub = "running",
            .type = "simple",
            .result = "success",
            .invocation = std::move(invocation)};
}
UnitState oneshot(std::string active, std::string sub, std::string result) {
    return {.load = "loaded",
            .active = std::move(active),
            .sub = std::move(sub),
            .type = "oneshot",
            .result = std::move(result),
            .invocation = "b"};
}
UnitState crashed(int exit_status) {
    auto state = running("a");
    state.active = state.sub = "failed";
    state.result = "exit-code";
    state.main_code = CLD_EXITED;
    state.main_status = exit_status;
    return state;
}

}  // namespace

TEST_CASE("a unit that stays in its run is healthy") {
    CHECK_FALSE(fault(running("a"), "a", 0));
    auto reloading = running("a");
    reloading.active = reloading.sub = "reloading";
    CHECK_FALSE(fault(reloading, "a", 0));
}

TEST_CASE("a failed unit reports how its process ended") {
    CHECK(fault(crashed(3), "a", 0) ==
          "the unit is failed (failed), result exit-code, main process: exit status 3");
    CHECK(
        fault(crashed(203), "a", 0) ==
        "the unit is failed (failed), result exit-code, main process: exit status 203 (its program "
        "cannot be executed)");
}

TEST_CASE("a unit that a signal ended names the signal") {
    auto killed = crashed(SIGSEGV);
    killed.main_code = CLD_DUMPED;
    killed.result = "core-dump";
    CHECK(describe(killed) == "failed (failed), result core-dump, main process: killed by SIGSEGV");
}

TEST_CASE("a unit that waits for its next automatic start has failed") {
    auto waiting = crashed(1);
    waiting.active = "activating";
    waiting.sub = "auto-restart";
    CHECK(fault(waiting, "a", 0));
    CHECK_FALSE(in_between(running("a")));
}

TEST_CASE("a unit that systemd restarted is not healthy, although it is active") {
    auto again = running("a");
    again.restarts = 3;
    CHECK(fault(again, "a", 2));
    CHECK_FALSE(fault(again, "a", 3));
}

TEST_CASE("a unit with another invocation is not healthy") {
    CHECK(fault(running("b"), "a", 0));
}

TEST_CASE("a unit that ended without a stop request is not healthy, even with success") {
    auto ended = running("a");
    ended.active = "inactive";
    ended.sub = "dead";
    CHECK(fault(ended, "a", 0));
}

TEST_CASE("a unit that is stopping or starting is judged later") {
    for (const auto* active : {"deactivating", "activating"}) {
        auto state = running("a");
        state.active = active;
        state.sub = "start";
        CHECK_FALSE(fault(state, "a", 0));
        CHECK(in_between(state));
    }
}

TEST_CASE("a successful oneshot is healthy, whenever it ran") {
    CHECK_FALSE(fault(oneshot("inactive", "dead", "success"), "a", 0));
    CHECK_FALSE(fault(oneshot("activating", "start", "success"), "a", 0));
    CHECK_FALSE(in_between(oneshot("activating", "start", "success")));
    CHECK(fault(oneshot("failed", "failed", "exit-code"), "a", 0));
}

TEST_CASE("a unit whose conditions are not met was not started") {
    auto state = oneshot("inactive", "dead", "success");
    state.conditions_checked = true;
    CHECK(fault(state, "a", 0) ==
          "systemd did not start the unit: a condition of the unit is not met");
    state.condition_result = true;
    CHECK_FALSE(fault(state, "a", 0));
}

TEST_CASE("a running unit and a successful oneshot have an invocation") {
    CHECK(invocation_of(running("a")) == "a");
    CHECK(invocation_of(crashed(1)).empty());
    CHECK(invocation_of(oneshot("activating", "start", "success")) == "b");
    CHECK(invocation_of(oneshot("inactive", "dead", "success")) == "b");
    CHECK(invocation_of(oneshot("failed", "failed", "exit-code")).empty());
}

TEST_CASE("a healthy unit that does not run is stopped, or disabled if nothing would start it") {
    using Why = StoppedUnit::Why;
    auto state = running("a");
    CHECK_FALSE(why_stopped(state));
    CHECK_FALSE(why_stopped(crashed(1)));
    state.active = "inactive";
    for (const auto* enabled : {"enabled", "enabled-runtime", "static", "generated", "transient"}) {
        state.file = enabled;
        CHECK(why_stopped(state) == Why::stopped);
    }
    for (const auto* disabled : {"disabled", "indirect", "linked", "linked-runtime"}) {
        state.file = disabled;
        state.wanted = false;
        CHECK(why_stopped(state) == Why::disabled);
        state.wanted = true;
        CHECK(why_stopped(state) == Why::stopped);
    }
    state.load = state.file = "masked";
    CHECK(why_stopped(state) == Why::masked);
    state.load = "not-found";
    CHECK_FALSE(why_stopped(state));
    auto once = oneshot("inactive", "dead", "success");
    once.file = "disabled";
    CHECK_FALSE(why_stopped(once));
}

TEST_CASE("a restart may take as long as systemd allows for each command and signal") {
    auto state = running("a");
    state.start_timeout = Seconds{90};
    state.stop_timeout = Seconds{10};
    state.start_commands = 3;
    state.stop_commands = 1;
    CHECK(restart_bound(state, Seconds{1}) == Seconds{3 * 90 + 3 * 10});
    CHECK(restart_bound(state, Seconds{1000}) == Seconds{1000});
    state.start_timeout.reset();
    CHECK(restart_bound(state, Seconds{100}) == Seconds{100 + 3 * 10});
    state.stop_timeout.reset();
    CHECK(restart_bound(state, Seconds{100}) == Seconds{200});
    CHECK(restart_bound({}, Seconds{90}) == Seconds{90});  // other kinds of units have no timeouts
}

TEST_CASE("a unit that systemd could not start does not blame the commit") {
    CHECK_FALSE(never_tried(crashed(1)));
    CHECK_FALSE(never_tried(crashed(203)));  // the program may be part of the commit
    CHECK(never_tried(crashed(217)));
    auto state = crashed(0);
    state.result = "resources";
    CHECK(never_tried(state));
}

TEST_CASE("a process that the kernel or an operator killed does not blame the commit") {
    UnitState state;
    state.main_code = CLD_KILLED;
    state.main_status = SIGKILL;
    state.result = "signal";
    CHECK(was_killed(state));
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPWR}) {
        state.main_status = signal;
        CHECK(was_killed(state));
    }
    for (const int signal : {SIGSEGV, SIGABRT, SIGPIPE, SIGSYS}) {
        state.main_status = signal;
        CHECK_FALSE(was_killed(state));
    }
    state.main_code = CLD_DUMPED;
    state.result = "core-dump";
    state.main_status = SIGQUIT;
    CHECK(was_killed(state));
    state.main_status = SIGSEGV;
    CHECK_FALSE(was_killed(state));
    state.result = "oom-kill";
    CHECK(was_killed(state));
    CHECK_FALSE(was_killed(crashed(1)));
    // systemd itself gave up: it did not start, or not stop, in time.
    state.result = "timeout";
    state.main_status = SIGKILL;
    CHECK_FALSE(was_killed(state));
}

TEST_CASE("the hint names the log, and the command that resets a start limit") {
    CHECK(hint_for(crashed(1), shop) ==
          "Run: systemctl status shop.service\nRun: sudo journalctl -u shop.service -n 50");
    CHECK(
        hint_for(crashed(1), {"shop.service", SystemdUnit::Scope::user}) ==
        "Run: systemctl --user status shop.service\nRun: journalctl --user -u shop.service -n 50");
    auto limited = crashed(1);
    limited.result = "start-limit-hit";
    limited.start_limit = 5;
    limited.start_limit_interval = Seconds{10};
    CHECK(
        hint_for(limited, shop)
            .starts_with("The unit has reached its start limit: 5 times in 10s (StartLimitBurst=, "
                         "StartLimitIntervalSec=).\nRun: "
                         "sudo systemctl reset-failed shop.service\nRun: systemctl status "));
    CHECK_THAT(hint_for(limited, {"shop.service", SystemdUnit::Scope::user}),
               test::ContainsSubstring("\nRun: systemctl --user reset-failed shop.service\n"));
    limited.start_limit_interval.reset();
    CHECK(start_limit_of(limited).starts_with("5 times ever"));
}
