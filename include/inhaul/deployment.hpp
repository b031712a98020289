#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// One deployment as a pure state machine. A state is written to the ledger before it is acted on,
/// so each state is also a crash point; resumed() says where a deployment found there goes on.
///
///     Planned ─▶ Fetching ─▶ Checking ─▶ Building ─▶ Switching ─▶ Activating ─▶ Restarting
///                               │                                                    │
///                               ├▶ Unchanged, Held, Refused   Succeeded ◀─ Finishing ◀─ Probing
///
/// Building is for releases, made beside what is live. A switch that fails half-way is undone
/// before Failed or Refused is entered. A fault in Activating, Restarting or Probing leads back:
/// Switching and they once more, with the last good commit as target and a Rollback, to RolledBack.
/// Any other fault, and one on the way back, leads to Failed.
namespace inhaul::deployment {

/// Why the last good commit is being put back.
struct Rollback {
    CommitId bad;
    Error cause;
    bool operator==(const Rollback&) const = default;
};
using MaybeRollback = std::optional<Rollback>;

/// Recorded, under the app's lock; nothing is known yet.
struct Planned {
    bool operator==(const Planned&) const = default;
};
/// The branch is being fetched. The tree has not been touched.
struct Fetching {
    bool operator==(const Fetching&) const = default;
};
/// What to deploy is known, its objects are here. The gates are asked, local edits are saved.
struct Checking {
    CommitId target;
    bool operator==(const Checking&) const = default;
};
/// The target's release is being made and built, beside what is live.
struct Building {
    CommitId target;
    bool restart_needed = true;  ///< as Switching's
    bool operator==(const Building&) const = default;
};
/// The tree is being made the target. It may be half old, half new.
struct Switching {
    CommitId target;
    bool restart_needed = true;  ///< what runs must be renewed afterwards: its code changes
    MaybeRollback rollback = {};
    bool operator==(const Switching&) const = default;
};
/// The tree is the target; the hooks that come before the restart run.
struct Activating {
    CommitId target;
    MaybeRollback rollback = {};
    bool operator==(const Activating&) const = default;
};
/// The tree is the target; the service is being restarted.
struct Restarting {
    CommitId target;
    /// What service::Service::invocation() said before. Another one later means that the service
    /// has already been started with the new tree.
    std::string invocation_before;
    MaybeRollback rollback = {};
    bool operator==(const Restarting&) const = default;
};
/// The service was restarted and is being watched.
struct Probing {
    CommitId target;
    std::string invocation;  ///< what runs now
    MaybeRollback rollback = {};
    bool operator==(const Probing&) const = default;
};
/// Live and proven; the hooks that come last run.
struct Finishing {
    CommitId target;
    MaybeRollback rollback = {};
    bool operator==(const Finishing&) const = default;
};
/// Live and recorded.
struct Succeeded {
    CommitId commit;
    bool proven = true;  ///< not so when every unit is left stopped: then nothing ran
    bool operator==(const Succeeded&) const = default;
};
/// There was nothing to do: the tree is the target and the service runs it. Leaves no record.
struct Unchanged {
    CommitId commit;
    bool operator==(const Unchanged&) const = default;
};
/// A gate wants to be asked again later. Nothing was touched. Leaves no record.
struct Held {
    std::string gate;  ///< its name, as in the settings
    std::string reason;
    std::optional<TimePoint> until = {};       ///< when it may say something else, if that is known
    std::optional<Milliseconds> counted = {};  ///< of the time it was held; nothing: all of it
    bool operator==(const Held&) const = default;
};
/// A gate says no to this commit, or it cannot be written: everything is as it was.
struct Refused {
    std::string gate;  ///< `checkout` for a commit that cannot be written
    std::string reason;
    bool operator==(const Refused&) const = default;
};
/// The commit failed, and the last good one is live again.
struct RolledBack {
    CommitId commit;  ///< that is live
    Rollback why;
    bool operator==(const RolledBack&) const = default;
};
struct Failed {
    Error cause;
    std::optional<CommitId> acquitted = {};  ///< the good one failed likewise; not stored
    bool operator==(const Failed&) const = default;
};

using State =
    std::variant<Planned, Fetching, Checking, Building, Switching, Activating, Restarting, Probing,
                 Finishing, Succeeded, Unchanged, Held, Refused, RolledBack, Failed>;

/// What happened while a state was acted on.
struct Begun {};
struct Fetched {
    CommitId target;
};
/// The comparison of tree, service and target.
struct Compared {
    bool switch_needed = true;    ///< the tree is not exactly the target
    bool restart_needed = true;   ///< what runs does not run the target's code
    bool hooks = false;           ///< there are hooks to be run before the restart
    bool apart = false;           ///< the target is a release of its own, to be built first
    std::string invocation = {};  ///< of the service, for a restart without a switch
};
/// What is live is a commit that has failed: the good one is put back.
struct BadIsLive {
    CommitId last_known_good;
    Rollback why;
};
struct Built {};
struct Switched {
    bool hooks = false;
    std::string invocation;  ///< of the service, still with the old code
};
struct Activated {
    std::string invocation;
};
struct Restarted {
    std::string invocation;
};
struct NothingRuns {};  ///< every unit is left stopped, and nothing can be watched
struct Healthy {
    bool hooks = false;  ///< there are hooks to be run at the end
};
struct Finished {};
/// A gate's answer.
struct GateHolds {
    Held what;
};
struct GateRefuses {
    Refused what;
};
struct Faulted {
    Error cause;
    std::optional<CommitId> last_known_good = {};  ///< the last, if the cause leads back to it
    bool earlier_build = false;  ///< the good one is the target, and has an earlier build
    bool same_step = false;      ///< on a way back: as on the way there
};
using Event =
    std::variant<Begun, Fetched, Compared, BadIsLive, Built, Switched, Activated, Restarted,
                 NothingRuns, Healthy, Finished, GateHolds, GateRefuses, Faulted>;

/// The next state; total. An event that cannot happen leads to Failed, internal. Final ones stay.
[[nodiscard]] State transition(const State& state, const Event& event);

[[nodiscard]] bool is_final(const State& state);
/// `planned` … `failed`; on the way back `switching-back` … Stable: in the ledger and in `--json`.
[[nodiscard]] std::string_view name_of(const State& state);
/// The commit that the state is about, once it is known.
[[nodiscard]] std::optional<CommitId> target_of(const State& state);
/// Why a state is one of the way back; nothing when it is not.
[[nodiscard]] const Rollback* rollback_of(const State& state);
/// Whether its tree is untouched, so that it may still take a newer target.
[[nodiscard]] bool tree_untouched(const State& state);

/// How often a deployment is taken up after its process died; on the way back as often again.
inline constexpr unsigned max_resumptions = 5;

/// Where a deployment that was found unfinished goes on: before the switch it starts over, with the
/// newest commit. After max_resumptions a crash loop ends by itself, on the way back to `good`
/// where it was past the switch, else in Failed. It judges no commit: why it died is not known.
[[nodiscard]] State resumed(const State& found, unsigned resumptions,
                            const std::optional<CommitId> last_known_good);

}  // namespace inhaul::deployment
