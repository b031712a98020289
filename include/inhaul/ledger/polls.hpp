// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/head_answer.hpp>
#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// What the agent knows about an app's branch. Times are wall-clock times. The ledger stores
/// `next_poll`, like every end of a wait, as a duration. So a change of the wall clock does not
/// change the wait. The end is computed with the wall clock at the time of the read.
struct PollState {
    std::optional<CommitId> processed_head;  ///< the last head that was deployed or has failed
    std::optional<CommitId> head;            ///< the last known head
    std::optional<TimePoint> polled;         ///< the last poll
    std::optional<TimePoint> answered;       ///< the last successful poll
    std::optional<PollError> poll_error;     ///< why the last poll failed
    std::optional<TimePoint> poll_error_since;
    unsigned failures = 0;   ///< in a row
    unsigned undecided = 0;  ///< workers in a row that ended without processing `head`
    /// Polls with these results, since the app is known.
    std::int64_t polls_changed = 0, polls_unchanged = 0, polls_failed = 0;
    std::optional<std::int64_t> requests_left;  ///< in the forge's rate limit, at the last answer
    std::optional<TimePoint> next_poll;
    std::optional<std::string> moved_to;        ///< new `owner/name` or URL of a renamed repository
    std::optional<std::int64_t> repository_id;  ///< its number, which is then used to poll
    std::optional<TimePoint> token_expires;
    std::optional<PollMethod> method;        ///< of the last successful poll
    std::optional<TimePoint> session_since;  ///< of the ssh session that stays open
    std::string settings_hash;  ///< Settings::hash and the token's fingerprint at that time
    /// Settings::hash of the settings that the agent last read. Empty if no agent has read them.
    std::string settings_read;

    bool operator==(const PollState&) const = default;
};

/// Returns the known head if it needs a worker: it differs from the processed head.
[[nodiscard]] std::optional<CommitId> due(const PollState& poll_state);

/// Returns true if the agent uses the settings with this hash.
[[nodiscard]] bool has_read(const PollState& poll_state, const std::string& settings_hash);

/// What starts `inhaul once` at regular times.
enum class Scheduler { timer, cron };
[[nodiscard]] std::string_view to_string(Scheduler scheduler);
/// Returns "the timer" or "cron", for sentences.
[[nodiscard]] std::string_view in_words(Scheduler scheduler);
[[nodiscard]] std::optional<Scheduler> scheduler_from(std::string_view name);

/// When a timer or cron last ran `inhaul once` for an app.
struct ScheduledRun {
    std::optional<TimePoint> last;
    std::optional<TimePoint> before;  ///< the run before it, which shows the interval
    Scheduler by = Scheduler::cron;
};

/// Stores the results of polls, and when the next poll is allowed.
class PollStore {
public:
    virtual ~PollStore() = default;

    [[nodiscard]] virtual Result<PollState> poll_state(const AppName& app) = 0;
    /// Saves all except `processed_head`, which DeploymentStore::save() writes, and
    /// `settings_read`. Survives this process, but not a power cut: an idle poll does not wait for
    /// the disk.
    [[nodiscard]] virtual Result<void> save_poll_state(const AppName& app,
                                                       const PollState& poll_state) = 0;
    /// Records that the agent has read the settings with this hash. As durable as
    /// save_poll_state().
    [[nodiscard]] virtual Result<void> save_settings_read(const AppName& app,
                                                          const std::string& settings_hash) = 0;
    [[nodiscard]] virtual Result<ScheduledRun> scheduled_run(const AppName& app) = 0;
    /// Records that a run starts now. As durable as save_poll_state().
    [[nodiscard]] virtual Result<void> note_scheduled_run(const AppName& app, Scheduler by) = 0;
    /// Returns the time before which the server allows no request with this budget (budget.hpp).
    [[nodiscard]] virtual Result<std::optional<TimePoint>> blocked_until(
        const std::string& budget) = 0;
    [[nodiscard]] virtual Result<void> block(const std::string& budget, TimePoint until) = 0;
};

}  // namespace inhaul::ledger
