#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/ledger/live.hpp>
#include <inhaul/ledger/polls.hpp>
#include <inhaul/ledger/record.hpp>
#include <inhaul/ledger/restrictions.hpp>

/// What a write to the ledger implies for the rest of it. Pure. Every Ledger uses these rules.
namespace inhaul::ledger {

/// The record of Ledger::begin(), still without a number. `unfinished`: the app's deployment that
/// has no final state yet. Fails where there is one.
[[nodiscard]] Result<Record> begun(const AppName& app, Trigger trigger, const std::string& origin,
                                   const Live& live, const std::optional<Record>& unfinished,
                                   TimePoint now);

/// The live state after Ledger::adopt().
[[nodiscard]] Live adopted(const CommitId& commit, TimePoint now);
/// The live state after Ledger::undone().
[[nodiscard]] Live after_undo(Live live, const CommitId& tree, bool restarted, TimePoint now);
/// The live state once the record's state is saved.
[[nodiscard]] Live after_save(Live live, const Record& record, TimePoint now);

/// The record once its state is saved: with a step for a state that is newly entered.
[[nodiscard]] Record entered(Record record, TimePoint now);
/// Whether it is certain that a deployment in this state leaves a record.
[[nodiscard]] bool leaves_record(const deployment::State& state);
/// Whether a final state deletes the record.
[[nodiscard]] bool deletes_record(const deployment::State& state);

/// What a save changes in the quarantine.
struct Judgement {
    std::optional<Quarantined> added = {};
    std::optional<CommitId> lifted = {};
};
/// `good`: the last known good commit after the save. `decided`: as for Ledger::save().
[[nodiscard]] Judgement judged(const Record& record, const std::optional<CommitId>& good,
                               const std::optional<CommitId>& processed_head, TimePoint now);
/// The newest quarantine first, without those that are not kept.
[[nodiscard]] std::vector<Quarantined> after_judgement(std::vector<Quarantined> quarantine,
                                                       const Judgement& judgement);

/// What is known of the branch once the record's state is saved.
[[nodiscard]] Watch after_save(Watch watch, const Record& record,
                               const std::optional<CommitId>& processed_head);
/// The hold once the record's final state is saved: `before`, whose times are as of `now`, counts
/// where it is about the same commit.
[[nodiscard]] std::optional<Hold> after_save(const std::optional<Hold>& before,
                                             const Record& record, TimePoint now);

/// Whatever is over after a while: when that began, by both clocks, and how long it lasts. The end
/// is not stored. It would be a time of the wall clock, which may have been wrong by years when it
/// was written, or is wrong when it is read.
struct Deadline {
    Moment begun;
    std::optional<Milliseconds> length;  ///< nothing: nobody knows how long

    /// `1772323200000 BOOT 12000 60000`: wall clock, boot, uptime and length in milliseconds; `-`
    /// for a boot or length that is not known.
    [[nodiscard]] static std::optional<Deadline> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};
/// The end by the wall clock as it is now; in the past for what is over.
[[nodiscard]] std::optional<TimePoint> end_of(const std::optional<Deadline>& deadline,
                                              const Moment& now);
/// Begun now, until what the wall clock shows then.
[[nodiscard]] Deadline deadline_until(const std::optional<TimePoint>& until, const Moment& now);

/// The pause as it is now; nothing where it is over.
[[nodiscard]] std::optional<Pause> current(Pause stored, const std::optional<Deadline>& deadline,
                                           const Moment& now);
/// The hold as it is now. After the wall clock was set its gate may say something else at once.
[[nodiscard]] Hold current(Hold stored, const Deadline& deadline, const Moment& now);

/// How many quarantined commits of an app are kept. A commit that is not known here any more may be
/// tried again.
inline constexpr std::size_t quarantines_kept = 500;

/// Action::what of the operator's orders.
[[nodiscard]] std::string paused_text(const std::optional<Milliseconds>& time);
[[nodiscard]] std::string pinned_text(const CommitId& commit);
inline constexpr auto resumed_text = "resumed";
inline constexpr auto unpinned_text = "unpinned";
inline constexpr auto retry_text = "asked to try again";

/// The time of a deployment, which goes on from its last step whatever the wall clock is set to
/// meanwhile.
class Timeline {
public:
    /// A deployment begins.
    void begin(const Record& record, const Moment& now);
    [[nodiscard]] TimePoint time_of(const Record& record, const Moment& now);

private:
    struct Line {
        DeploymentNumber deployment = 0;
        TimePoint from;
        Moment met;  ///< when we first had to do with the deployment
    };
    std::optional<Line> line_;
};

}  // namespace inhaul::ledger
