// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/schedule.hpp>

#include "support/catch.hpp"

namespace inhaul::setup {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + hours{12}};

ledger::ScheduledRun runs(std::string_view by, Milliseconds every, Milliseconds ago) {
    return {now - ago, now - ago - every, *ledger::scheduler_from(by)};
}

std::string said(const ledger::ScheduledRun& run, bool timer) {
    const auto schedule = schedule_of(run, run.last, timer, now);
    return schedule ? sentence_of(*schedule, now) : "none";
}

}  // namespace

TEST_CASE("there is no schedule without a timer and without a recorded run") {
    CHECK(said({}, false) == "none");
}

TEST_CASE("an enabled timer is a schedule before its first run") {
    CHECK(said({}, true) == "polled by the timer, which has not run yet");
}

TEST_CASE("a schedule names its last run, and whether several runs were missed") {
    CHECK(said(runs("timer", minutes{1}, seconds{40}), true) ==
          "polled by the timer, last run 40 s ago");
    CHECK(said(runs("timer", minutes{1}, minutes{14}), true) ==
          "polled by the timer, last run 14 min ago");
    CHECK(said(runs("timer", minutes{1}, minutes{17}), true) ==
          "polled by the timer, but the last run was 17 min ago");
    CHECK(said(runs("timer", hours{1}, hours{2}), true) == "polled by the timer, last run 2 h ago");
}

TEST_CASE("a schedule of cron may cover working hours only") {
    CHECK(said(runs("cron", minutes{5}, hours{14}), false) == "polled by cron, last run 14 h ago");
    CHECK(said(runs("cron", minutes{5}, hours{50}), false) ==
          "polled by cron, but the last run was 2 d ago");
    CHECK(said({now - hours{5}, std::nullopt, ledger::Scheduler::cron}, false) ==
          "polled by cron, last run 5 h ago");
}

TEST_CASE("a changed clock causes neither a negative age nor an endless tolerance") {
    CHECK(said(runs("timer", minutes{1}, -hours{24 * 365}), true) ==
          "polled by the timer, last run 0 s ago");
    CHECK(said(runs("timer", hours{24 * 3650}, hours{24 * 40}), true) ==
          "polled by the timer, but the last run was 40 d ago");
    CHECK(said(runs("timer", -hours{5}, minutes{20}), true) ==
          "polled by the timer, but the last run was 20 min ago");
}

TEST_CASE("an old run is no schedule if an agent has polled since") {
    const auto run = runs("cron", minutes{5}, hours{20});
    CHECK(schedule_of(run, now - hours{20} + minutes{1}, false, now));
    CHECK_FALSE(schedule_of(run, now - hours{2}, false, now));
    // An enabled timer will run again, also after a poll by another process.
    CHECK(schedule_of(run, now - hours{2}, true, now));
}

}  // namespace inhaul::setup
