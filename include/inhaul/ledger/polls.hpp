#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <inhaul/head_answer.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// What the watcher knows about an app's branch. Times are wall-clock. `next_poll`, as every end of
/// a wait that the ledger keeps, is kept as a length: it is told by the wall clock as it is when it
/// is read, and no setting of that clock makes the wait longer or shorter.
struct Watch {
    std::optional<CommitId> processed_head;  ///< the last head that was dealt with, well or badly
    std::optional<CommitId> head;            ///< the last head that was heard of
    std::optional<TimePoint> asked;          ///< the last question
    std::optional<TimePoint> answered;       ///< the last real answer
    std::optional<PollError> poll_error;     ///< why the last question had none
    std::optional<TimePoint> poll_error_since;
    unsigned failures = 0;   ///< in a row
    unsigned undecided = 0;  ///< workers in a row that ended without a decision on `head`
    std::optional<TimePoint> next_poll;
    std::optional<std::string> moved_to;        ///< the new `owner/name` of a renamed repository
    std::optional<std::int64_t> repository_id;  ///< its number, by which it is asked for then
    std::optional<TimePoint> token_expires;
    std::string settings_hash;  ///< Settings::mark and token that all this was learnt with
    /// Settings::mark as the agent has read the settings last; empty when none has.
    std::string settings_read;
};

/// Whether the agent works with the settings that have this mark.
[[nodiscard]] bool has_read(const Watch& watch, const std::string& settings_hash);

/// When `inhaul once` last asked for an app without a person: on a host with a timer or cron.
struct ScheduledRun {
    std::optional<TimePoint> last;
    std::optional<TimePoint> before;  ///< the one before it, which tells how often they come
    std::string by;                   ///< "timer" or "cron"
};

/// What was asked of a forge, and when the next question may be.
class PollStore {
public:
    virtual ~PollStore() = default;

    [[nodiscard]] virtual Result<Watch> watch(const AppName& app) = 0;
    /// Saves all but `decided`, which belongs to save(), and `settings_read`. Survives this
    /// process, not a power cut: an idle poll is not worth waiting for a disk.
    [[nodiscard]] virtual Result<void> save_watch(const AppName& app, const Watch& watch) = 0;
    /// The agent has read the settings with this mark. As durable as save_watch().
    [[nodiscard]] virtual Result<void> save_settings_read(const AppName& app,
                                                          const std::string& settings_hash) = 0;
    [[nodiscard]] virtual Result<ScheduledRun> scheduled_run(const AppName& app) = 0;
    /// One begins now. As durable as save_watch().
    [[nodiscard]] virtual Result<void> note_scheduled_run(const AppName& app,
                                                          const std::string& by) = 0;
    /// Until when no request may be made with this budget (a host and token), by the server's word.
    [[nodiscard]] virtual Result<std::optional<TimePoint>> blocked_until(
        const std::string& budget) = 0;
    [[nodiscard]] virtual Result<void> block(const std::string& budget, TimePoint until) = 0;
};

}  // namespace inhaul::ledger
