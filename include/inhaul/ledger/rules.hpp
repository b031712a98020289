// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/ledger/live.hpp>
#include <inhaul/ledger/polls.hpp>
#include <inhaul/ledger/record.hpp>
#include <inhaul/ledger/reports.hpp>
#include <inhaul/ledger/restrictions.hpp>

/// What a write implies for the rest of the ledger. Pure. Every Ledger uses these rules.
namespace inhaul::ledger {

/// Returns the record of Ledger::begin(), without a number. `unfinished`: the app's deployment
/// without a final state. Fails if there is one.
[[nodiscard]] Result<Record> begun(const AppName& app, Trigger trigger, const std::string& origin,
                                   const Live& live, const std::optional<Record>& unfinished,
                                   TimePoint now);

/// Returns the live state after Ledger::adopt().
[[nodiscard]] Live adopted(const CommitId& commit, TimePoint now);
/// Returns the live state after Ledger::undone().
[[nodiscard]] Live after_undo(Live live, const CommitId& tree, bool restarted, TimePoint now);
/// Returns the live state after a save of the record's state.
[[nodiscard]] Live after_save(Live live, const Record& record, TimePoint now);

/// Returns the record after a save, with a step for a newly entered state.
[[nodiscard]] Record entered(Record record, TimePoint now);
/// Returns true if a deployment in this state is certain to leave a record.
[[nodiscard]] bool leaves_record(const deployment::State& state);
/// Returns true if a final state deletes the record.
[[nodiscard]] bool deletes_record(const deployment::State& state);

/// What a save changes in the quarantine.
struct QuarantineChange {
    std::optional<Quarantined> added = {};
    std::optional<CommitId> lifted = {};
};
/// `good`: the last known good commit after the save. `processed_head`: as for Ledger::save().
[[nodiscard]] QuarantineChange quarantine_change(const Record& record,
                                                 const std::optional<CommitId>& good,
                                                 const std::optional<CommitId>& processed_head,
                                                 TimePoint now);
/// Returns the quarantine after a change: the newest first, at most quarantines_kept commits.
[[nodiscard]] std::vector<Quarantined> changed_quarantine(std::vector<Quarantined> quarantine,
                                                          const QuarantineChange& change);

/// Returns the poll state after a save of the record's state.
[[nodiscard]] PollState after_save(PollState poll_state, const Record& record,
                                   const std::optional<CommitId>& processed_head);
/// Returns the hold after a save of the record's final state. The time of `before`, as of `now`,
/// counts if it is about the same commit. A pause is no hold.
[[nodiscard]] std::optional<Hold> after_save(const std::optional<Hold>& before,
                                             const Record& record, TimePoint now);

/// Returns the totals after a save of the record.
[[nodiscard]] Totals after_save(Totals totals, const Record& record);

/// What a write adds to the reports, and the app's faults after it.
struct Reporting {
    std::vector<Report> reports;  ///< without number and id
    Faults faults;
};

/// Returns the reports of a save. `record`: after ledger::entered(), with its number.
[[nodiscard]] Reporting reports_of(const Record& record, Faults faults, TimePoint now);
/// Returns the reports of a saved poll state: the forge answers again.
[[nodiscard]] Reporting reports_of(const AppName& app, const PollState& poll_state, Faults faults,
                                   TimePoint now);
/// Returns the reports when the forge has not answered for `silent_for`.
[[nodiscard]] Reporting reports_of_silence(const AppName& app, const PollState& poll_state,
                                           Faults faults, Milliseconds silent_for, TimePoint now);

/// Returns a message without the parts that differ each time: commits, numbers and durations. Two
/// messages with the same key report the same cause, to people and in the log.
[[nodiscard]] std::string cause_key(std::string_view message);

/// How many reports are kept, of these how many of repeated causes, and how many causes of an app.
inline constexpr ReportNumber reports_kept = 2'000;
inline constexpr ReportNumber repeated_reports_kept = 200;
inline constexpr std::size_t faults_kept = 50;

/// A time limit: its start by both clocks, and its duration. The end is not stored, because the
/// wall clock may be wrong by years when it is written or read.
struct Deadline {
    Moment begun;
    std::optional<Milliseconds> length;  ///< empty: unknown

    /// `1772323200000 BOOT 12000 60000`: wall clock, boot, uptime and length in milliseconds; `-`
    /// for an unknown boot or length.
    [[nodiscard]] static std::optional<Deadline> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};
/// Returns the end by the current wall clock. It is in the past if the deadline is over.
[[nodiscard]] std::optional<TimePoint> end_of(const std::optional<Deadline>& deadline,
                                              const Moment& now);
/// Returns a deadline from now until a time of the wall clock.
[[nodiscard]] Deadline deadline_until(const std::optional<TimePoint>& until, const Moment& now);

/// Returns the pause at `now`. Nothing if it is over.
[[nodiscard]] std::optional<Pause> current(Pause stored, const std::optional<Deadline>& deadline,
                                           const Moment& now);
/// Returns the hold at `now`. After a change of the wall clock its gate is checked at once.
[[nodiscard]] Hold current(Hold stored, const Deadline& deadline, const Moment& now);

/// How many quarantined commits of an app are kept. Older ones may be tried again.
inline constexpr std::size_t quarantines_kept = 500;

/// Action::what of the operator actions.
[[nodiscard]] std::string paused_text(const std::optional<Milliseconds>& time);
[[nodiscard]] std::string pinned_text(const CommitId& commit);
inline constexpr auto resumed_text = "resumed";
inline constexpr auto unpinned_text = "unpinned";
inline constexpr auto retry_text = "asked to try again";

/// The time of a deployment. It continues from the last step, independent of changes of the wall
/// clock.
class Timeline {
public:
    /// Starts the time of a new deployment.
    void begin(const Record& record, const Moment& now);
    [[nodiscard]] TimePoint time_of(const Record& record, const Moment& now);
    /// Continues the time of a deployment that has got its final number.
    void renumber(DeploymentNumber provisional, DeploymentNumber number);

private:
    struct Anchor {
        DeploymentNumber deployment = 0;
        TimePoint from;
        Moment met;  ///< when this process first handled the deployment
    };
    std::optional<Anchor> anchor_;
};

}  // namespace inhaul::ledger
