// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan.hpp"

namespace inhaul::deploy {

/// Carries one recorded deployment to a final state.
class Deployment {
public:
    Deployment(const Settings& settings, const DeployRequest& request, const Ports& ports,
               const std::filesystem::path& state_directory, const git::OnProgress& progress,
               ledger::Record record);

    [[nodiscard]] Result<ledger::Record> run();
    /// Resumes a deployment whose process died.
    [[nodiscard]] Result<ledger::Record> resume();

private:
    using Event = deployment::Event;

    [[nodiscard]] Result<ledger::Live> look_at_live();
    [[nodiscard]] Result<ledger::Record> go_on();
    [[nodiscard]] Result<void> enter(deployment::State next);
    [[nodiscard]] deployment::State before_the_end(deployment::State next) const;
    void undo_incomplete_switch(const deployment::State& before, const deployment::State& next);
    void keep_start_log(const Error& cause);
    [[nodiscard]] Event event_of(Result<Event> event);
    [[nodiscard]] std::optional<CommitId> last_known_good() const;
    [[nodiscard]] bool fails_in_same_hooks() const;
    [[nodiscard]] std::string hint_after_rollback(bool cleared_commit) const;
    [[nodiscard]] bool settles(const deployment::State& next) const;
    [[nodiscard]] bool restarted_too_often() const;

    [[nodiscard]] Result<void> opened();
    [[nodiscard]] Result<Event> act();
    [[nodiscard]] Result<Event> act_on(const deployment::Planned& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Fetching& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Checking& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Building& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Switching& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Activating& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Restarting& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Probing& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Finishing& state);
    [[nodiscard]] Result<Event> act_on(const deployment::Concluding& state);
    template <class Final>
    [[nodiscard]] Result<Event> act_on(const Final& /*state*/) {
        return fail(ErrorCode::internal, "acted on a final state");
    }

    [[nodiscard]] Result<void> find_out(const Plan& fact);
    [[nodiscard]] Result<void> adopt_found();
    [[nodiscard]] Result<void> prepare(Event& event);
    [[nodiscard]] Result<void> note_rewritten_branch();
    void adopt_edits(const CommitId& target);
    [[nodiscard]] Result<void> leave_units_stopped();
    [[nodiscard]] Result<void> run_hook(Hook hook, const CommitId& target,
                                        const deployment::MaybeRollback& rollback);
    [[nodiscard]] Result<void> run_in(const std::filesystem::path& directory, Hook hook,
                                      const HookEnvironment& names, bool rollback);
    [[nodiscard]] Result<void> wait_for_a_later_second() const;
    void prune();
    [[nodiscard]] HookEnvironment environment(const std::optional<CommitId>& target,
                                              const std::filesystem::path& directory) const;
    [[nodiscard]] HookEnvironment environment(const CommitId& target,
                                              const deployment::MaybeRollback& rollback) const;
    [[nodiscard]] Result<void> save_edits(const CommitId& target);
    void note(std::string line);

    const Settings& settings_;
    const DeployRequest& request_;
    Ports ports_;
    std::filesystem::path patches_;
    std::filesystem::path scratch_;
    const git::OnProgress& progress_;
    ledger::Record record_;
    PlanInput facts_;                       ///< from Planned to Checking
    std::optional<TimePoint> hooks_ended_;  ///< the end of the last hook, if one has run
    bool opened_ = false;
    bool found_incomplete_ =
        false;                ///< left by an earlier deployment, or by this one before it died
    bool live_runs_ = false;  ///< at the beginning, the service ran a known commit
    bool resumed_ = false;    ///< the state being acted on was found, not entered
};

}  // namespace inhaul::deploy
