// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/util/clock.hpp>

/// Hosts on which a timer or cron starts `inhaul once` instead of an agent. Pure functions.
namespace inhaul::setup {

struct Schedule {
    ledger::Scheduler by = ledger::Scheduler::cron;
    std::optional<TimePoint> last;  ///< start of the last run; nothing: none yet
    bool late = false;              ///< several runs were missed
};

/// Returns nothing if no schedule is known. Then the timer is not enabled (`timer`), and no run was
/// recorded or an agent has polled since.
[[nodiscard]] std::optional<Schedule> schedule_of(const ledger::ScheduledRun& run,
                                                  const std::optional<TimePoint>& polled,
                                                  bool timer, TimePoint now);

/// "polled by the timer, last run 40 s ago"
[[nodiscard]] std::string sentence_of(const Schedule& schedule, TimePoint now);

/// Returns a sentence: what resumes a deployment whose process died. `watched`: an agent runs.
[[nodiscard]] std::string resumption(const ledger::Record& died, bool watched,
                                     const std::optional<Schedule>& schedule);

}  // namespace inhaul::setup
