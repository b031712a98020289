// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/schedule.hpp>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace inhaul::setup {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Returns how old the last run may be. Our timer runs each minute. The schedule of cron is
/// unknown, and may cover working hours only.
Milliseconds tolerance(const ledger::ScheduledRun& run) {
    const Milliseconds least =
        run.by == ledger::Scheduler::cron ? Milliseconds{hours{24}} : Milliseconds{minutes{15}};
    if (!run.last || !run.before) return hours{24};
    return std::clamp<Milliseconds>((*run.last - *run.before) * 3, least, hours{24 * 31});
}

}  // namespace

std::optional<Schedule> schedule_of(const ledger::ScheduledRun& run,
                                    const std::optional<TimePoint>& polled, bool timer,
                                    TimePoint now) {
    // `once` polls when it starts: a poll long after that came from an agent.
    const bool agent_since = run.last && polled && *polled - *run.last > hours{1};
    if (!timer && (!run.last || agent_since)) return std::nullopt;
    const bool late = run.last && now - *run.last > tolerance(run);
    return Schedule{timer ? ledger::Scheduler::timer : run.by, run.last, late};
}

std::string sentence_of(const Schedule& schedule, TimePoint now) {
    const auto by = ledger::in_words(schedule.by);
    if (!schedule.last) return fmt::format("polled by {}, which has not run yet", by);
    const auto age = format_age(std::max(now - *schedule.last, Milliseconds{0}));
    return schedule.late ? fmt::format("polled by {}, but the last run was {} ago", by, age)
                         : fmt::format("polled by {}, last run {} ago", by, age);
}

std::string resumption(const ledger::Record& died, bool watched,
                       const std::optional<Schedule>& schedule) {
    if (ledger::starts_again(died))
        return "It had changed nothing, and the next deployment replaces it.";
    if (watched) return "The agent resumes it.";
    if (schedule) return fmt::format("The next run of {} resumes it.", in_words(schedule->by));
    return "The next start of the agent resumes it.";
}

}  // namespace inhaul::setup
