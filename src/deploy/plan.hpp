// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <inhaul/deploy/deployer.hpp>

/// The plan of a deployment: every decision before the first file changes. Pure. The deployment and
/// the dry run gather the facts that plan() needs, so both decide the same.
namespace inhaul::deploy {

/// How the directory and the target compare.
struct Directory {
    git::Comparison comparison;
    std::optional<CommitId> head;   ///< the commit of HEAD; nothing in an empty repository
    bool runs_same_files = false;   ///< the service started with the target's files
    bool known_good_files = false;  ///< the last known good commit has the same files
};

/// The parts of a deployment that the app's settings require.
struct AppTraits {
    bool restartable = false;  ///< there is a unit or a command to restart
    bool build_hook = false;
    bool activate_hook = false;
    bool probe = false;
    bool release_directories = false;  ///< each release has a directory of its own
};

/// The facts that are known so far. plan() returns the next missing fact.
struct PlanInput {
    DeployRequest request = {};
    AppTraits app = {};
    ledger::Live live = {};
    ledger::Restrictions restrictions = {};

    std::optional<GateResult> held_gate = {};  ///< the answer to CheckHeldGate
    std::optional<CommitId> target = {};       ///< the answer to FindTarget
    bool target_is_head = false;               ///< the branch's, as just fetched
    std::optional<Directory> directory = {};   ///< the answer to CompareDirectory
    std::optional<GateResult> gates =
        {};  ///< the answer to CheckGates: the first that does not pass
    std::optional<GateResult> writable = {};  ///< the answer to CheckSwitch, or a refusal before
};

/// A gate holds the polled commit: check this gate before anything is fetched.
struct CheckHeldGate {
    std::string gate;
    CommitId commit;
};
/// Find the commit with this name among the local objects, else fetch. No name: the branch's head.
struct FindTarget {
    std::optional<std::string> name;
    bool pinned = false;  ///< the name is the operator's pin, so the head counts as processed
};
struct CompareDirectory {};
struct CheckGates {};
/// Check that the target's files can be written.
struct CheckSwitch {};

/// The next fact to find out, or the event that ends the planning. The event is GateHolds,
/// GateRefuses, BadIsLive or Compared (without its invocation).
using Plan = std::variant<CheckHeldGate, FindTarget, CompareDirectory, CheckGates, CheckSwitch,
                          deployment::Event>;
[[nodiscard]] Plan plan(const PlanInput& facts);

/// Returns the operator's pause as the answer of a gate, even if the request overrides it.
[[nodiscard]] std::optional<deployment::Held> pause_of(const ledger::Restrictions& restrictions);

/// Returns the event of the target's quarantine: GateRefuses or BadIsLive. Even if the request
/// overrides it.
[[nodiscard]] std::optional<deployment::Event> quarantine_of(const PlanInput& facts);

/// Returns the commit in a directory to which inhaul has never deployed, if it is not the target.
/// The caller makes it the live and last known good commit before it checks the gates.
[[nodiscard]] std::optional<CommitId> found_commit(const PlanInput& facts);

/// Returns true if the target is the last known good commit. Its gates are not checked again.
[[nodiscard]] bool target_is_verified(const PlanInput& facts);

/// Returns true if the end of a resumed deployment answers the request. Either it was the requested
/// deployment, or a new attempt would end in the same way.
[[nodiscard]] bool answers(const ledger::Record& finished, const DeployRequest& request);

/// Returns the commit whose files replace the files of an incomplete switch. Empty before the first
/// complete switch.
[[nodiscard]] std::optional<CommitId> restored_by_undo(const ledger::Live& live);

/// Returns the commits whose releases stay after the target is live: the target, and the commits
/// for a rollback. Returns each commit once.
[[nodiscard]] std::vector<CommitId> needed_releases(const CommitId& target,
                                                    const std::optional<CommitId>& from,
                                                    const std::optional<CommitId>& last_known_good);

/// Returns true if hooks run between the switch and the restart.
[[nodiscard]] bool hooks_before_restart(const AppTraits& app);

/// Returns true if the operator named no existing commit, while its target was looked up. This is
/// not a failed deployment.
[[nodiscard]] bool names_no_commit(const DeployRequest& request, const Error& error);

/// Returns true for a final state, and for Concluding before it.
[[nodiscard]] bool ends(const deployment::State& state);
/// Returns true if an incomplete switch is undone before `next`, which ends the deployment. A
/// rollback or a success completes the switch.
[[nodiscard]] bool undoes_switch(const deployment::State& before, const deployment::State& next,
                                 const ledger::Live& live);

/// The units that an operator has stopped: which of them the deployment does not start.
struct LeftStopped {
    std::vector<std::string> units;  ///< by their names in the settings
    std::vector<std::string> notes;  ///< facts for the operator
};
/// `has_run`: a deployment has already started this app.
[[nodiscard]] LeftStopped left_stopped(const ServiceSettings& service,
                                       const std::vector<service::StoppedUnit>& stopped_units,
                                       bool has_run);

/// Returns true if all units stay stopped, so that nothing is restarted or probed.
[[nodiscard]] bool all_stay_stopped(const ServiceSettings& service,
                                    const std::vector<std::string>& left);

/// Returns true if the probe checks a unit that stays stopped.
[[nodiscard]] bool probes_stopped_unit(const ServiceSettings& service,
                                       const std::vector<std::string>& left);

}  // namespace inhaul::deploy
