#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/deployment.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

using DeploymentNumber = std::int64_t;
/// Numbers from here on are not for people: they stand for one that is still to be given.
inline constexpr DeploymentNumber first_provisional = 1'000'000'000'000;

struct Step {
    std::string state;  ///< deployment::name_of
    TimePoint entered;
};

/// What one command of a hook did.
struct Output {
    std::string hook;       ///< build, activate, after
    std::string command;    ///< its words, for people
    std::string outcome;    ///< "done", "exit status 3", …
    std::string text;       ///< the end of what it printed
    bool rollback = false;  ///< it ran on the way back
    bool operator==(const Output&) const = default;
};

/// One deployment as it stands.
struct Record {
    /// What people call it by: 1, 2, 3 … It is provisional until the gates have said yes, since
    /// until then the deployment may leave no record.
    DeploymentNumber number = 0;
    AppName app;
    Trigger trigger = Trigger::hand;
    std::string origin;            ///< who by hand, or which delivery of a relay's; may be empty
    std::optional<CommitId> from;  ///< live before
    std::optional<CommitId> to;    ///< once known
    /// The branch's head that this deployment deals with; nothing when a person chose a commit.
    std::optional<CommitId> head;
    std::optional<CommitSummary> summary;
    deployment::State state;
    unsigned resumptions = 0;
    TimePoint started;
    std::optional<TimePoint> finished;
    /// The units that a person had stopped on purpose when it began, by their names in the
    /// settings: it leaves them so, on the way back too.
    std::vector<std::string> left_stopped;
    std::vector<std::string> notes;  ///< what an operator should know: edits saved where, and so on
    std::vector<Step> steps;         ///< in the order in which they were entered
    std::vector<Output> outputs;     ///< of the hooks
};

/// Whether it has a number for people.
[[nodiscard]] inline bool has_number(const Record& record) {
    return record.number < first_provisional;
}
/// Whether the deployment began to change the directory or the service.
[[nodiscard]] bool touched(const Record& record);
/// Whether the service was restarted by it, with whatever commit.
[[nodiscard]] bool restarted(const Record& record);
/// Whether it took the way back.
[[nodiscard]] bool went_back(const Record& record);

/// Deployments. Every writing call is one transaction, durable when it returns.
class DeploymentStore {
public:
    virtual ~DeploymentStore() = default;

    /// Records a new deployment in state Planned and returns it. `from` is the live commit. Its
    /// number is provisional: save() gives it the next one when it is certain that it stays.
    [[nodiscard]] virtual Result<Record> begin(const AppName& app, Trigger trigger,
                                               const std::string& origin = {}) = 0;
    /// Saves record.state, to, head, summary, left_stopped, notes, outputs and resumptions, with a
    /// step for a state that is newly entered; an error leaves `record` as it was given. In the
    /// same transaction:
    /// * entering Switching marks the tree torn; any later state makes the target the live tree,
    ///   also without a switch of ours before; Probing makes the target what the service was
    ///   restarted with, on a way back RolledBack does, and until then nothing is known of it;
    ///   Finishing, Succeeded (when proven) and RolledBack make the target the good commit;
    /// * a way back quarantines the commit that it leads away from, when its cause is a verdict on
    ///   the commit (judges_commit); so does Failed, when `decided` is given, for the commit that
    ///   was to be deployed; neither does so with the good commit; Succeeded lifts that, and
    ///   Failed does for the commit that it acquits;
    /// * Failed past the switch makes it unknown what the service was restarted with;
    /// * a final state sets `finished`, makes `head` the newest head that was heard of, and, when
    ///   `decided` is given, sets the app's Watch::decided; the forge has answered then, and a
    ///   trouble of the time before the deployment is over; it ends the app's hold, but Held makes
    ///   it again. Unchanged and Held delete the record.
    /// Of an app's finished deployments the newest 500 are kept, and of those that are older than a
    /// year the newest 50.
    [[nodiscard]] virtual Result<void> save(Record& record,
                                            const std::optional<CommitId>& processed_head) = 0;
    /// Deletes a deployment that is not finished: what was asked for cannot be, and is no failure.
    [[nodiscard]] virtual Result<void> withdraw(const Record& record) = 0;
    /// The deployment of this app that has no final state yet: there is at most one.
    [[nodiscard]] virtual Result<std::optional<Record>> unfinished(const AppName& app) = 0;
    /// The newest deployments first, of one app or of all, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<Record>> history(const std::optional<AppName>& app,
                                                              std::size_t limit) = 0;
    [[nodiscard]] virtual Result<std::optional<Record>> deployment(DeploymentNumber number) = 0;
};

}  // namespace inhaul::ledger
