// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan.hpp"

/// Finds out the facts that plan() needs. Nothing here changes the directory or the ledger.
namespace inhaul::deploy {

[[nodiscard]] AppTraits app_traits(const Ports& ports);

/// Returns the facts that are known before the first fetch.
[[nodiscard]] Result<PlanInput> first_facts(const Settings& settings, const DeployRequest& request,
                                            const Ports& ports);

/// The target of a deployment, whose objects are here now.
struct FoundTarget {
    CommitId commit;
    bool is_head = false;  ///< of the branch, just fetched
};
/// Returns the path of the directory for files that must not be written to the app's directory.
[[nodiscard]] std::filesystem::path scratch_of(const Settings& settings,
                                               const std::filesystem::path& state_directory);

/// Fails with `network` if the git server lags behind the forge's API. Fails with `refused` if the
/// directory is a checkout of another repository, and writes nothing to that checkout.
[[nodiscard]] Result<FoundTarget> find_target(const FindTarget& fact, const PlanInput& facts,
                                              const Settings& settings, const Ports& ports,
                                              const std::filesystem::path& scratch,
                                              const git::OnProgress& progress);

/// Returns true if the branch was rewritten. Its earlier head was live, and is not in the history
/// of the new head. A commit that an operator chose may be of another branch.
[[nodiscard]] Result<bool> is_rewritten(const PlanInput& facts, const Settings& settings,
                                        const Ports& ports);

/// Sets `directory`, or `writable` to a refusal.
[[nodiscard]] Result<void> compare_directory(PlanInput& facts, const Ports& ports);

[[nodiscard]] Result<GateResult> check_gate(Gate& gate, const CommitId& commit,
                                            const PlanInput& facts, const Clock& clock);
/// Passes if the gate no longer exists, or the commit is not here.
[[nodiscard]] Result<GateResult> check_held_gate(const CheckHeldGate& fact, const PlanInput& facts,
                                                 const Ports& ports);
/// Checks the gates in order, up to the first gate that does not pass.
[[nodiscard]] Result<GateResult> check_gates(const PlanInput& facts, const Ports& ports);

[[nodiscard]] Result<LeftStopped> find_left_stopped(const Settings& settings, const Ports& ports);

/// Fetches the target's submodules, and finds all obstacles before anything is changed.
[[nodiscard]] Result<void> prepare_switch(const CommitId& target, const Ports& ports,
                                          const git::OnProgress& progress);

/// Passes if the target can be written. Refuses a commit that no host can write. Fails for a fault
/// of this host.
[[nodiscard]] Result<GateResult> checkout_result(const Result<void>& checked);
/// Returns the refusal of a commit that no host can write. Fails for other errors.
[[nodiscard]] Result<deployment::Event> refused_or_faulted(const Error& error);
/// Returns the event of a switch to the target that would fail; nothing if it would succeed.
[[nodiscard]] std::optional<deployment::Event> obstacle_to(const CommitId& target,
                                                           const Ports& ports);

}  // namespace inhaul::deploy
