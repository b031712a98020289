// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/deployment.hpp>
#include <inhaul/ledger/totals.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

using DeploymentNumber = std::int64_t;
/// Numbers from here on are provisional: the deployment has no visible number yet.
inline constexpr DeploymentNumber first_provisional = 1'000'000'000'000;

struct Step {
    std::string state;  ///< deployment::name_of
    TimePoint entered;
};

/// Output::hook of the log of a unit that did not start.
inline constexpr std::string_view unit_log{"unit"};

/// What one command of a hook did, or the log of a unit.
struct Output {
    std::string hook;     ///< build, activate, after, or unit_log
    std::string command;  ///< its arguments, to be displayed; the name of a unit
    /// The outcome of a command that succeeded.
    static constexpr std::string_view done{"done"};
    /// The outcome of a unit whose log was read.
    static constexpr std::string_view log{"log"};
    /// `done`, "exit status 3", …; of a unit `log`, or why its log cannot be read
    std::string outcome;
    std::string text;       ///< the end of its output
    bool rollback = false;  ///< it ran in a rollback
    bool operator==(const Output&) const = default;
    /// Returns true for an explanation of a failure: a failed command, and the log of a unit.
    [[nodiscard]] bool explains_failure() const { return outcome != done; }
};

/// One deployment.
struct Record {
    /// The visible number: 1, 2, 3 … It is provisional until the gates have passed. Until then the
    /// deployment may leave no record.
    DeploymentNumber number = 0;
    AppName app;
    Trigger trigger = Trigger::manual;
    std::string origin;            ///< the operator, or the delivery of a relay; may be empty
    std::optional<CommitId> from;  ///< in the directory before; it may not be verified
    std::optional<CommitId> to;    ///< once known
    /// The head that this deployment processes. Empty if an operator chose a commit.
    std::optional<CommitId> head;
    std::optional<CommitSummary> summary;
    deployment::State state;
    unsigned resumptions = 0;
    TimePoint started;
    std::optional<TimePoint> finished;
    /// The units that an operator had stopped before the deployment, by their names in the
    /// settings. They stay stopped, also in a rollback.
    std::vector<std::string> left_stopped;
    std::vector<std::string> notes;  ///< for the operator: where edits were saved, and so on
    std::vector<Step> steps;         ///< in the order in which they were entered
    std::vector<Output> outputs;     ///< of the hooks
    /// Where local edits were saved since the last save, for ReportKind::edits_saved. Not stored:
    /// save() reports and clears them.
    std::vector<std::string> edits_saved;
};

/// Returns true if it has a visible number.
[[nodiscard]] inline bool has_number(const Record& record) {
    return record.number < first_provisional;
}
/// Returns true if the deployment started to change the directory or the service.
[[nodiscard]] bool touched(const Record& record);
/// Returns true if it entered this stage, with any commit.
[[nodiscard]] bool entered_stage(const Record& record, deployment::Stage stage);
/// Returns true if it restarted the service, with any commit.
[[nodiscard]] bool restarted(const Record& record);
/// Returns true if it failed after it began to restart the service: then no commit is known to run.
[[nodiscard]] bool stopped_short(const Record& record);
/// Returns true if it started a rollback.
[[nodiscard]] bool began_rollback(const Record& record);

/// For an unfinished deployment whose process died: returns true if it had changed nothing. Then it
/// is not resumed, and the next deployment starts it again with the newest commit.
[[nodiscard]] bool starts_again(const Record& died);

/// How many finished deployments of an app the ledger keeps.
inline constexpr std::int64_t kept_deployments = 500;
/// The limit of history() for all deployments of an app: with the unfinished one.
inline constexpr std::size_t all_deployments = kept_deployments + 1;

/// Stores deployments. Every writing call is one transaction, durable when it returns.
class DeploymentStore {
public:
    virtual ~DeploymentStore() = default;

    /// Records a new deployment in state Planned and returns it. `from` is the live commit. Its
    /// number is provisional: save() assigns the next number when it is certain to leave a record.
    [[nodiscard]] virtual Result<Record> begin(const AppName& app, Trigger trigger,
                                               const std::string& origin = {}) = 0;
    /// Saves record.state, to, head, summary, left_stopped, notes, outputs and resumptions, with a
    /// step for a newly entered state. An error leaves `record` unchanged. In the same transaction:
    /// * Switching marks the switch incomplete. Any later state makes the target the live tree,
    ///   also without a switch. Finishing, Succeeded (if verified) and RolledBack make the target
    ///   the last known good commit.
    /// * Probing sets Live::restarted to the target. In a rollback it is unknown until RolledBack
    ///   sets it. Failed past the switch makes it unknown.
    /// * A rollback quarantines the failed commit if the commit is to blame (is_commit_fault). So
    ///   does Failed with a `processed_head`, for the target. The last known good commit is never
    ///   quarantined. Succeeded lifts the quarantine of its commit, and Failed lifts the quarantine
    ///   of its `cleared_commit`.
    /// * A final state sets `finished`, and makes `head` the last known head. With a
    ///   `processed_head` it sets PollState::processed_head, and clears an earlier poll error,
    ///   because the forge has answered.
    /// * A final state ends the app's hold. Held renews it, except for a pause. Unchanged and Held
    ///   delete the record.
    /// Keeps the newest `kept_deployments` finished deployments of an app. Of these, deletes the
    /// deployments that are older than a year, unless they are among the newest 50.
    [[nodiscard]] virtual Result<void> save(Record& record,
                                            const std::optional<CommitId>& processed_head) = 0;
    /// Deletes an unfinished deployment whose request was impossible. This is not a failure.
    [[nodiscard]] virtual Result<void> withdraw(const Record& record) = 0;
    /// Returns the unfinished deployment of this app. There is at most one.
    [[nodiscard]] virtual Result<std::optional<Record>> unfinished(const AppName& app) = 0;
    /// Returns at most `limit` deployments of one app or of all, the newest first.
    [[nodiscard]] virtual Result<std::vector<Record>> history(const std::optional<AppName>& app,
                                                              std::size_t limit) = 0;
    [[nodiscard]] virtual Result<std::optional<Record>> deployment(DeploymentNumber number) = 0;
    /// Returns the totals. save() counts each deployment that ends with a record.
    [[nodiscard]] virtual Result<Totals> totals(const AppName& app) = 0;
};

}  // namespace inhaul::ledger
