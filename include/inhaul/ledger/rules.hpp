// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/ledger/deadline.hpp>
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
/// Returns the quarantine after a change: the newest first, at most quarantines_kept commits.
[[nodiscard]] std::vector<Quarantined> changed_quarantine(std::vector<Quarantined> quarantine,
                                                          const QuarantineChange& change);

/// A poll state, and since when.
struct PollRecord {
    PollState state;
    std::optional<Moment> head_known;  ///< since when this host has known the head
    std::optional<Moment> silent;      ///< since when the forge has not answered
};

/// What a write adds to the reports, and the app's faults after it.
struct Reporting {
    std::vector<Report> reports;  ///< without number and id
    Faults faults;
};

/// Returns the reports when the forge has not answered for `silent_for`.
[[nodiscard]] Reporting reports_of_silence(const AppName& app, const PollState& poll_state,
                                           Faults faults, Milliseconds silent_for, TimePoint now);

/// What PollStore::save_poll_state() changes.
struct PollEffects {
    PollRecord poll;
    Reporting reporting;
};
[[nodiscard]] PollEffects effects_of_poll(const AppName& app, const PollRecord& before,
                                          PollState polled, Faults faults, const Moment& now);

/// What the ledger knows about an app before a save.
struct BeforeSave {
    Live live;
    Faults faults = {};
    // The save of a final state also needs these.
    PollRecord poll = {};           ///< only with a head
    std::optional<Hold> hold = {};  ///< as of now
    Totals totals = {};
};
/// What a save changes, apart from its record: see DeploymentStore::save().
struct SaveEffects {
    Live live;
    QuarantineChange quarantine = {};
    Reporting reporting = {};
    // Only of a final state:
    std::optional<PollRecord> poll = {};  ///< empty: unchanged
    std::optional<Hold> hold = {};        ///< empty: no hold
    std::optional<Totals> totals = {};    ///< empty: unchanged
};
/// Returns the effects of a save. `record`: after ledger::entered(), with its number. `at`: the
/// time of the record's last step.
[[nodiscard]] SaveEffects effects_of_save(BeforeSave before, const Record& record,
                                          const std::optional<CommitId>& processed_head,
                                          TimePoint at, const Moment& now);

/// Returns a message without the parts that differ each time: commits, numbers and durations. Two
/// messages with the same key report the same cause, to operators and in the log.
[[nodiscard]] std::string cause_key(std::string_view message);

/// How many reports are kept, of these how many of repeated causes, and how many causes of an app.
inline constexpr ReportNumber reports_kept = 2'000;
inline constexpr ReportNumber repeated_reports_kept = 200;
inline constexpr std::size_t faults_kept = 50;

/// Returns the pause at `now`. Nothing if it is over.
[[nodiscard]] std::optional<Pause> current(Pause stored, const std::optional<Deadline>& deadline,
                                           const Moment& now);
/// Returns the hold at `now`. After a change of the wall clock its gate is checked at once.
[[nodiscard]] Hold current(Hold stored, const Deadline& deadline, const Moment& now);

/// How many quarantined commits of an app are kept. Older commits may be tried again.
inline constexpr std::size_t quarantines_kept = 500;

/// Action::what of the operator actions.
[[nodiscard]] std::string paused_text(const std::optional<Milliseconds>& time);
[[nodiscard]] std::string pinned_text(const CommitId& commit);
inline constexpr auto resumed_text = "resumed";
inline constexpr auto unpinned_text = "unpinned";
inline constexpr auto retry_text = "retried";

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
