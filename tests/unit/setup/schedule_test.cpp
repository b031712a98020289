#include <inhaul/setup/schedule.hpp>

#include "support/catch.hpp"

namespace inhaul::setup {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + hours{12}};

ledger::ScheduledRun runs(const char* by, Milliseconds every, Milliseconds ago) {
    return {now - ago, now - ago - every, by};
}

std::string said(const ledger::ScheduledRun& run, bool timer) {
    const auto schedule = schedule_of(run, run.last, timer, now);
    return schedule ? sentence_of(*schedule, now) : "none";
}

}  // namespace

TEST_CASE("without a timer, and without a run that was seen, there is no schedule") {
    CHECK(said({}, false) == "none");
}

TEST_CASE("a timer that is enabled is a schedule before its first run") {
    CHECK(said({}, true) == "by timer, which has not run yet");
}

TEST_CASE("the last run is told, and whether it is as old as a few missed ones") {
    CHECK(said(runs("timer", minutes{1}, seconds{40}), true) == "by timer, last run 40 s ago");
    CHECK(said(runs("timer", minutes{1}, minutes{14}), true) == "by timer, last run 14 min ago");
    CHECK(said(runs("timer", minutes{1}, minutes{17}), true) ==
          "by timer, but the last run was 17 min ago");
    CHECK(said(runs("timer", hours{1}, hours{2}), true) == "by timer, last run 2 h ago");
}

TEST_CASE("cron may come in working hours only") {
    CHECK(said(runs("cron", minutes{5}, hours{14}), false) == "by cron, last run 14 h ago");
    CHECK(said(runs("cron", minutes{5}, hours{50}), false) ==
          "by cron, but the last run was 2 d ago");
    CHECK(said({now - hours{5}, std::nullopt, "cron"}, false) == "by cron, last run 5 h ago");
}

TEST_CASE(
    "a clock that was set back or ahead makes no age below nothing, and no endless patience") {
    CHECK(said(runs("timer", minutes{1}, -hours{24 * 365}), true) == "by timer, last run 0 s ago");
    CHECK(said(runs("timer", hours{24 * 3650}, hours{24 * 40}), true) ==
          "by timer, but the last run was 40 d ago");
    CHECK(said(runs("timer", -hours{5}, minutes{20}), true) ==
          "by timer, but the last run was 20 min ago");
}

TEST_CASE("where an agent has asked since, a run of long ago is no schedule") {
    const auto run = runs("cron", minutes{5}, hours{20});
    CHECK(schedule_of(run, now - hours{20} + minutes{1}, false, now));
    CHECK_FALSE(schedule_of(run, now - hours{2}, false, now));
    // A timer that is enabled will come again, whoever has asked.
    CHECK(schedule_of(run, now - hours{2}, true, now));
}

}  // namespace inhaul::setup
