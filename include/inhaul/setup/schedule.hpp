#pragma once

#include <optional>
#include <string>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/util/clock.hpp>

/// Hosts without an agent, by design: a timer or cron starts `inhaul once`. Pure.
namespace inhaul::setup {

struct Schedule {
    std::string by;                 ///< "timer" or "cron"
    std::optional<TimePoint> last;  ///< when it last began; nothing: not yet
    bool late = false;              ///< several runs are missing
};

/// Nothing when no schedule is known: the timer is not enabled (`timer`), and no run was seen, or
/// an agent has asked since.
[[nodiscard]] std::optional<Schedule> schedule_of(const ledger::ScheduledRun& run,
                                                  const std::optional<TimePoint>& asked, bool timer,
                                                  TimePoint now);

/// "by timer, last run 40 s ago"
[[nodiscard]] std::string sentence_of(const Schedule& schedule, TimePoint now);

}  // namespace inhaul::setup
