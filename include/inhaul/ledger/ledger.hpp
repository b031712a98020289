#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/head_answer.hpp>
#include <inhaul/ledger/record.hpp>
#include <inhaul/ledger/restrictions.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

/// What was decided and done, on disk: where the watcher, the workers and the commands meet.
namespace inhaul::ledger {

/// What an app's directory and service are known to be.
struct Live {
    std::optional<CommitId> tree;  ///< what the directory was last made
    /// What the service was last started with; nothing while that is not known, as after a
    /// deployment that failed past its switch.
    std::optional<CommitId> restarted;
    /// A switch was begun and not finished: what differs in the tree is ours, not a person's.
    bool switch_incomplete = false;
    std::optional<TimePoint> since;           ///< when `tree` became live
    std::optional<CommitId> last_known_good;  ///< the last that was proven: what is gone back to
};

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

/// Whether the directory is whole, and what is in it was proven.
[[nodiscard]] bool proven(const Live& live);

/// The deployment that says why an app is not well, or why its branch's head is not live, among its
/// newest ones, the newest first; null when there is none. A person's own order for another commit
/// that came to nothing is no state of the app.
[[nodiscard]] const Record* ended_badly(const std::vector<Record>& newest, const Watch& watch,
                                        const Live& live);

/// What an app's relay is known to be, as far as people want to see it.
struct Relay {
    std::optional<TimePoint> connected;  ///< since when it is heard; nothing while it is not
    std::optional<std::string> error;    ///< why not
    std::string hint;
    std::optional<TimePoint> error_since;
    std::uint64_t reconnects = 0;
    std::optional<TimePoint> last_event;
    std::string last_word;                         ///< what came of that event
    std::map<std::string, std::uint64_t> refused;  ///< how many, by reason
    std::string last_id;                           ///< from where a relay that keeps events goes on
    /// The number of the repository that the settings called so, as a genuine push has told it.
    std::optional<std::int64_t> repository_id;
    std::string repository;
};

/// When `inhaul once` last asked for an app without a person: on a host with a timer or cron.
struct ScheduledRun {
    std::optional<TimePoint> last;
    std::optional<TimePoint> before;  ///< the one before it, which tells how often they come
    std::string by;                   ///< "timer" or "cron"
};

/// The ledger's port. Every writing call is one transaction, durable when it returns.
class Ledger {
public:
    virtual ~Ledger() = default;

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

    [[nodiscard]] virtual Result<Live> live(const AppName& app) = 0;
    /// What inhaul finds in a directory that it meets for the first time: it can be gone back to.
    /// What the service runs is not known.
    [[nodiscard]] virtual Result<void> adopt(const AppName& app, const CommitId& commit) = 0;

    /// A switch that was begun has been undone, or had touched nothing: the directory is `tree`,
    /// and with `renewed` the service has been started with it.
    [[nodiscard]] virtual Result<void> undone(const AppName& app, const CommitId& tree,
                                              bool restarted) = 0;

    [[nodiscard]] virtual Result<Restrictions> restrictions(const AppName& app) = 0;
    // What a person orders is an Action as well.
    [[nodiscard]] virtual Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                                             const Operator& decree) = 0;
    [[nodiscard]] virtual Result<void> resume(const AppName& app, const Operator& decree) = 0;
    [[nodiscard]] virtual Result<void> pin(const AppName& app, const CommitId& commit,
                                           const Operator& decree) = 0;
    /// The branch's head is to be decided on anew.
    [[nodiscard]] virtual Result<void> unpin(const AppName& app, const Operator& decree) = 0;
    /// Lifts every quarantine of the app; the branch's head is to be decided on anew.
    [[nodiscard]] virtual Result<void> retry(const AppName& app, const Operator& decree) = 0;
    /// The newest first, of one app or of all.
    [[nodiscard]] virtual Result<std::vector<Action>> actions(const std::optional<AppName>& app,
                                                              std::size_t limit) = 0;

    [[nodiscard]] virtual Result<Watch> watch(const AppName& app) = 0;
    /// Saves all but `decided`, which belongs to save(), and `settings_read`. Survives this
    /// process, not a power cut: an idle poll is not worth waiting for a disk.
    [[nodiscard]] virtual Result<void> save_watch(const AppName& app, const Watch& watch) = 0;
    /// The agent has read the settings with this mark. As durable as save_watch().
    [[nodiscard]] virtual Result<void> save_settings_read(const AppName& app,
                                                          const std::string& settings_hash) = 0;

    [[nodiscard]] virtual Result<Relay> relay(const AppName& app) = 0;
    /// As durable as save_watch().
    [[nodiscard]] virtual Result<void> save_relay(const AppName& app, const Relay& relay) = 0;
    [[nodiscard]] virtual Result<ScheduledRun> scheduled_run(const AppName& app) = 0;
    /// One begins now. As durable as save_watch().
    [[nodiscard]] virtual Result<void> note_scheduled_run(const AppName& app,
                                                          const std::string& by) = 0;

    /// Whether an event with this key is heard of for the first time by this app; it is noted. Of
    /// an app's events the newest 5,000 are remembered.
    [[nodiscard]] virtual Result<bool> first_time(const AppName& app, const std::string& key) = 0;

    /// Until when no request may be made with this budget (a host and token), by the server's word.
    [[nodiscard]] virtual Result<std::optional<TimePoint>> blocked_until(
        const std::string& budget) = 0;
    [[nodiscard]] virtual Result<void> block(const std::string& budget, TimePoint until) = 0;

    /// The newest deployments first, of one app or of all, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<Record>> history(const std::optional<AppName>& app,
                                                              std::size_t limit) = 0;
    [[nodiscard]] virtual Result<std::optional<Record>> deployment(DeploymentNumber number) = 0;
};

/// Opens the database in the state directory, making or migrating it. One that exists and cannot
/// be read, or was written by a newer inhaul, is an error with code corrupt or configuration: it is
/// never made anew. A full disk is no_space, a busy one is waited for (5 s), then transient.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& state_directory,
                                                   const Clock& clock);
/// The same for commands that only look: makes nothing; nothing when there is no ledger yet.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_to_read(
    const std::filesystem::path& state_directory, const Clock& clock);

}  // namespace inhaul::ledger
