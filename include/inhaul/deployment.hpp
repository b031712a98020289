// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/deployment_state.hpp>
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
/// or Refused is entered. A fault in Activating, Restarting or Probing starts a rollback. It
/// repeats the states from Switching, with the last known good commit as target and a Rollback. It
/// ends in RolledBack. Any other fault, and a fault during a rollback, leads to Failed. An app with
/// `after` hooks enters Concluding before Refused and Failed.
namespace inhaul::deployment {

/// The result of a state's action.
struct Begun {};
struct Fetched {
    CommitId target;
};
/// The comparison of tree, service and target.
struct Compared {
    bool switch_needed = true;   ///< the tree differs from the target
    bool restart_needed = true;  ///< the service does not run the target's code
    bool hooks = false;          ///< hooks must run before the restart
    bool release_directories =
        false;                    ///< the target gets a release directory, which is built first
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
    bool after = false;      ///< without a restart: hooks must run at the end
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
/// Returns the state in which the `after` hooks run before `end`. Empty if `end` is no bad end.
[[nodiscard]] std::optional<Concluding> concluding(const State& end, bool settles);
/// The alternatives of State, in their order.
enum class Stage {
    planned,
    fetching,
    checking,
    building,
    switching,
    activating,
    restarting,
    probing,
    finishing,
    concluding,
    succeeded,
    unchanged,
    held,
    refused,
    rolled_back,
    failed
};
/// A step of a deployment. From switching to finishing it may be a step of a rollback.
struct Step {
    Stage stage = Stage::planned;
    bool in_rollback = false;
    bool operator==(const Step&) const = default;
};
[[nodiscard]] Step step_of(const State& state);
/// Return `planned` … `failed`, in a rollback `switching-back` … Stable: in ledger and `--json`.
[[nodiscard]] std::string_view name_of(const Step& step);
[[nodiscard]] std::string_view name_of(const State& state);
/// Returns the step with this name; nothing for an unknown name.
[[nodiscard]] std::optional<Step> step_named(std::string_view name);
/// Returns the commit that the state is about, if it is known.
[[nodiscard]] std::optional<CommitId> target_of(const State& state);
/// Returns the reason of the rollback. Null if the state is not part of a rollback.
[[nodiscard]] const Rollback* rollback_of(const State& state);
/// Returns true before the switch: the deployment may still take a newer target.
[[nodiscard]] bool tree_untouched(const State& state);

/// How often a deployment is resumed after its process died. A rollback has as many attempts again.
inline constexpr unsigned max_resumptions = 5;

/// Returns the state in which an unfinished deployment continues. Before the switch it starts
/// again, with the newest commit. After max_resumptions a crash loop ends. Past the switch it ends
/// in a rollback to `last_known_good`. Concluding ends in its final state. Every other state ends
/// in Failed. A crash loop quarantines no commit, because the cause is unknown.
[[nodiscard]] State resumed(const State& found, unsigned resumptions,
                            const std::optional<CommitId> last_known_good);

}  // namespace inhaul::deployment
