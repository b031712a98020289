// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// One deployment as a pure state machine. A state is written to the ledger before its action, so
/// each state is also a crash point. resumed() returns the state in which a deployment continues.
///
///     Planned ─▶ Fetching ─▶ Checking ─▶ Building ─▶ Switching ─▶ Activating ─▶ Restarting
///                               │                                                    │
///                               ├▶ Unchanged, Held, Refused   Succeeded ◀─ Finishing ◀─ Probing
///
/// Building creates a release beside the live release. A switch that fails is undone before Failed
/// or Refused is entered. A fault in Activating, Restarting or Probing starts a rollback: the
/// states from Switching again, with the last known good commit as target and a Rollback, to
/// RolledBack. Any other fault, and a fault during a rollback, leads to Failed.
namespace inhaul::deployment {

/// Why the last known good commit is deployed again.
struct Rollback {
    CommitId bad;
    Error cause;
    bool operator==(const Rollback&) const = default;
};
using MaybeRollback = std::optional<Rollback>;

/// Recorded, under the app's lock. Nothing is known yet.
struct Planned {
    bool operator==(const Planned&) const = default;
};
/// The branch is being fetched. The tree has not been touched.
struct Fetching {
    bool operator==(const Fetching&) const = default;
};
/// The target is known and its objects are here. The gates are asked, local edits are saved.
struct Checking {
    CommitId target;
    bool operator==(const Checking&) const = default;
};
/// The target's release is being created and built, beside the live release.
struct Building {
    CommitId target;
    bool restart_needed = true;  ///< see Switching
    bool operator==(const Building&) const = default;
};
/// The files are being replaced by the target's. They may be partly old and partly new.
struct Switching {
    CommitId target;
    bool restart_needed = true;  ///< the service must be restarted: its code changes
    MaybeRollback rollback = {};
    bool operator==(const Switching&) const = default;
};
/// The tree is the target. The hooks before the restart run.
struct Activating {
    CommitId target;
    MaybeRollback rollback = {};
    bool operator==(const Activating&) const = default;
};
/// The tree is the target. The service is being restarted.
struct Restarting {
    CommitId target;
    /// The result of service::Service::invocation() before. A different result later means that
    /// the service was started with the new tree.
    std::string invocation_before;
    MaybeRollback rollback = {};
    bool operator==(const Restarting&) const = default;
};
/// The service was restarted and is being watched.
struct Probing {
    CommitId target;
    std::string invocation;  ///< of the service that runs now
    MaybeRollback rollback = {};
    bool operator==(const Probing&) const = default;
};
/// Live and proven. The `after` hooks run.
struct Finishing {
    CommitId target;
    MaybeRollback rollback = {};
    bool operator==(const Finishing&) const = default;
};
/// Live and recorded.
struct Succeeded {
    CommitId commit;
    bool proven = true;  ///< false if all units stay stopped, so that nothing ran
    bool operator==(const Succeeded&) const = default;
};
/// Nothing to do: the tree is the target and the service runs it. Leaves no record.
struct Unchanged {
    CommitId commit;
    bool operator==(const Unchanged&) const = default;
};
/// A gate must be asked again later. Nothing was changed. Leaves no record.
struct Held {
    std::string gate;  ///< its name, as in the settings
    std::string reason;
    std::optional<TimePoint> until = {};       ///< when the answer may change, if known
    std::optional<Milliseconds> counted = {};  ///< the hold time that counts; empty: all of it
    bool operator==(const Held&) const = default;
};
/// A gate refused the commit, or it cannot be written. Nothing was changed.
struct Refused {
    std::string gate;  ///< `checkout` for a commit that cannot be written
    std::string reason;
    bool operator==(const Refused&) const = default;
};
/// The commit failed, and the last known good commit is live again.
struct RolledBack {
    CommitId commit;  ///< the live commit
    Rollback why;
    bool operator==(const RolledBack&) const = default;
};
struct Failed {
    Error cause;
    std::optional<CommitId> acquitted = {};  ///< the rollback failed in the same way; not stored
    bool operator==(const Failed&) const = default;
};

using State =
    std::variant<Planned, Fetching, Checking, Building, Switching, Activating, Restarting, Probing,
                 Finishing, Succeeded, Unchanged, Held, Refused, RolledBack, Failed>;

/// The result of a state's action.
struct Begun {};
struct Fetched {
    CommitId target;
};
/// The comparison of tree, service and target.
struct Compared {
    bool switch_needed = true;    ///< the tree differs from the target
    bool restart_needed = true;   ///< the service does not run the target's code
    bool hooks = false;           ///< hooks must run before the restart
    bool apart = false;           ///< the target gets a release directory, which is built first
    std::string invocation = {};  ///< of the service, for a restart without a switch
};
/// The live commit has failed: roll back to the last known good commit.
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
struct NothingRuns {};  ///< all units stay stopped, so there is nothing to watch
struct Healthy {
    bool hooks = false;  ///< hooks must run at the end
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
    std::optional<CommitId> last_known_good = {};  ///< set if the cause leads to a rollback
    bool earlier_build = false;  ///< the target is last known good, and has an earlier build
    bool same_step = false;      ///< the rollback failed in the same step as the commit
};
using Event =
    std::variant<Begun, Fetched, Compared, BadIsLive, Built, Switched, Activated, Restarted,
                 NothingRuns, Healthy, Finished, GateHolds, GateRefuses, Faulted>;

/// Returns the next state. An impossible event leads to Failed (`internal`). Final states stay.
[[nodiscard]] State transition(const State& state, const Event& event);

[[nodiscard]] bool is_final(const State& state);
/// Returns `planned` … `failed`, in a rollback `switching-back` … Stable: in ledger and `--json`.
[[nodiscard]] std::string_view name_of(const State& state);
/// Returns the commit that the state is about, if it is known.
[[nodiscard]] std::optional<CommitId> target_of(const State& state);
/// Returns the reason of the rollback. Null if the state is not part of a rollback.
[[nodiscard]] const Rollback* rollback_of(const State& state);
/// Returns true before the switch: the deployment may still take a newer target.
[[nodiscard]] bool tree_untouched(const State& state);

/// How often a deployment is resumed after its process died. A rollback has as many attempts again.
inline constexpr unsigned max_resumptions = 5;

/// Returns the state in which an unfinished deployment continues. Before the switch it starts
/// again, with the newest commit. After max_resumptions a crash loop ends: past the switch in a
/// rollback to `last_known_good`, else in Failed. It quarantines no commit: the cause is unknown.
[[nodiscard]] State resumed(const State& found, unsigned resumptions,
                            const std::optional<CommitId> last_known_good);

}  // namespace inhaul::deployment
