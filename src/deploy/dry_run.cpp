// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deploy/dry_run.hpp>

#include <functional>
#include <utility>

#include <inhaul/ledger/rules.hpp>

#include "facts.hpp"

namespace inhaul::deploy {
namespace {

using namespace deployment;

constexpr std::size_t most_commits = 20;

/// Finds the facts that plan() needs, as the deployment does, and further ones for the operator.
class DryRunBuilder {
public:
    DryRunBuilder(const Settings& settings, const Ports& ports,
                  const std::filesystem::path& scratch, const git::OnProgress& progress)
        : settings_(settings), ports_(ports), scratch_(scratch), progress_(progress) {}

    Result<DryRun> run(const DeployRequest& request) {
        facts_ = TRY(first_facts(settings_, {}, ports_));
        auto opened = ports_.fetcher.open_for_dry_run(scratch_);
        opened_ = opened.has_value();
        std::optional<ledger::Record> completed;
        if (auto died = TRY(ports_.deployments.unfinished(settings_.app)))
            completed = TRY(complete(std::move(*died)));
        if (completed && answers(*completed, request)) {
            found_.outcome = completed->state;
            return std::move(found_);
        }
        facts_.request = request;
        if (!opened)
            TRY(conclude(Faulted{std::move(opened.error())}));
        else
            TRY(reach_the_end());
        list_answers();
        if (facts_.target) TRY(describe(*facts_.target));
        return std::move(found_);
    }

private:
    [[nodiscard]] Result<std::optional<ledger::Record>> complete(ledger::Record record);
    void learn(ledger::Record& record, State state);
    [[nodiscard]] Result<void> reach_the_end();
    [[nodiscard]] Result<void> find_out(const Plan& fact);
    [[nodiscard]] Result<void> check_all_gates();
    [[nodiscard]] Result<void> conclude(const Event& event);
    [[nodiscard]] Result<void> compare();
    [[nodiscard]] Result<void> count_edits(const std::optional<CommitId>& replaced_by);
    [[nodiscard]] Result<void> count_pruned(const State& end, const std::optional<CommitId>& from);
    [[nodiscard]] Result<State> follow(State state, std::optional<Event> first,
                                       const std::function<void(const State&)>& enter);
    [[nodiscard]] Result<void> undo(const State& before, const State& next);
    [[nodiscard]] Result<Event> next_event(const State& state);
    void list_answers();
    [[nodiscard]] Result<void> describe(const CommitId& target);
    void step(DryRun::Step step) { steps_->push_back(step); }

    const Settings& settings_;
    const Ports& ports_;
    const std::filesystem::path& scratch_;
    const git::OnProgress& progress_;
    PlanInput facts_;
    DryRun found_;
    std::vector<DryRun::Step>* steps_ = &found_.steps;
    std::optional<CommitId> completed_tree_;  ///< the directory after an unfinished deployment
    bool opened_ = false;
    bool concluded_ = false;  ///< the outcome is known; planning continues for the operator
    std::vector<Result<GateResult>> gates_;  ///< the answers of ports_.gates
};

/// Follows the unfinished deployment to its end, if every step goes well. Returns its record, or
/// nothing if it would start again.
Result<std::optional<ledger::Record>> DryRunBuilder::complete(ledger::Record record) {
    auto& completion = found_.unfinished.emplace(DryRun::Completion{record.number, {}, {}, {}});
    if (starts_again(record)) return std::nullopt;
    auto state = resumed(record.state, record.resumptions + 1, facts_.live.last_known_good);
    steps_ = &completion.steps;
    found_.left_stopped = record.left_stopped;
    std::optional<Event> obstacle;
    if (const auto* const switching = std::get_if<Switching>(&state);
        switching != nullptr && opened_) {
        TRY(count_edits(switching->target));
        obstacle = obstacle_to(switching->target, ports_);
    }
    if (!ledger::began_rollback(record)) TRY(undo(record.state, state));
    // An interrupted restart is not repeated if every unit has started since.
    if (const auto* const restarting = std::get_if<Restarting>(&state);
        restarting != nullptr && std::holds_alternative<Restarting>(record.state) &&
        !restarting->invocation_before.empty() &&
        !service::has_unchanged_run(restarting->invocation_before,
                                    TRY(ports_.service.invocation()))) {
        learn(record, state);
        state = transition(state, Restarted{});
    }
    completion.outcome = TRY(follow(std::move(state), std::move(obstacle),
                                    [&](const State& entered) { learn(record, entered); }));
    TRY(count_pruned(*completion.outcome, record.from));
    completion.edits = std::exchange(found_.edits, {});
    if (completion.edits.any())
        completion.steps.insert(completion.steps.begin(), DryRun::Step::save_edits);
    // Only a switch replaces the files that are in the directory now.
    const bool replaced =
        std::any_of(completion.steps.begin(), completion.steps.end(), [](DryRun::Step each) {
            return each == DryRun::Step::switch_files || each == DryRun::Step::undo_switch;
        });
    if (replaced) completed_tree_ = facts_.live.tree;
    found_.left_stopped.clear();
    steps_ = &found_.steps;
    return record;
}

/// An incomplete switch that the end of the deployment does not complete.
Result<void> DryRunBuilder::undo(const State& before, const State& next) {
    const auto restored = restored_by_undo(facts_.live);
    if (!opened_ || !restored || !undoes_switch(before, next, facts_.live)) return {};
    step(DryRun::Step::undo_switch);
    if (facts_.app.restartable) step(DryRun::Step::restart);
    if (!found_.edits.any()) TRY(count_edits(restored));
    facts_.live =
        ledger::after_undo(facts_.live, *restored, facts_.app.restartable, ports_.clock.now());
    return {};
}

/// What the ledger knows after the deployment has entered a state.
void DryRunBuilder::learn(ledger::Record& record, State state) {
    const auto now = ports_.clock.moment();
    record.state = std::move(state);
    record = ledger::entered(std::move(record), now.wall);
    const auto effects =
        ledger::effects_of_save({.live = facts_.live}, record, std::nullopt, now.wall, now);
    facts_.live = effects.live;
    auto& quarantine = facts_.restrictions.quarantine;
    quarantine = ledger::changed_quarantine(std::move(quarantine), effects.quarantine);
}

/// After a refusal, planning continues as if an operator had overridden it. So the operator sees
/// the commits and all answers. The first event is the outcome.
Result<void> DryRunBuilder::reach_the_end() {
    for (;;) {
        const auto next = plan(facts_);
        if (const auto* const event = std::get_if<Event>(&next)) {
            if (!concluded_) TRY(conclude(*event));
            concluded_ = true;
            if (facts_.target) return {};
            facts_.request.force = true;
        } else if (auto found = find_out(next); !found) {
            if (concluded_) return {};
            if (!facts_.target && names_no_commit(facts_.request, found.error())) return found;
            return conclude(Faulted{std::move(found.error())});
        }
    }
}

Result<void> DryRunBuilder::find_out(const Plan& fact) {
    if (const auto* const held = std::get_if<CheckHeldGate>(&fact))
        facts_.held_gate = TRY(check_held_gate(*held, facts_, ports_));
    if (const auto* const target = std::get_if<FindTarget>(&fact)) {
        auto found = TRY(find_target(*target, facts_, settings_, ports_, scratch_, progress_));
        facts_.target = std::move(found.commit);
        facts_.target_is_head = found.is_head;
    }
    if (std::holds_alternative<CompareDirectory>(fact)) {
        TRY(compare());
        if (const auto found = facts_.directory ? found_commit(facts_) : std::nullopt)
            facts_.live = ledger::adopted(*found, ports_.clock.now());
    }
    if (std::holds_alternative<CheckGates>(fact)) return check_all_gates();
    // No submodule of a commit that a gate has refused is fetched: the commit may name any server.
    if (std::holds_alternative<CheckSwitch>(fact))
        facts_.writable =
            TRY(checkout_result(concluded_ ? ports_.tree.check_switch(*facts_.target)
                                           : prepare_switch(*facts_.target, ports_, progress_)));
    return {};
}

/// After an unfinished deployment, the directory has the files of its commit.
Result<void> DryRunBuilder::compare() {
    TRY(compare_directory(facts_, ports_));
    if (!completed_tree_ || !facts_.directory) return {};
    auto& directory = *facts_.directory;
    directory.head = completed_tree_;
    directory.comparison = {
        .head_is_target = completed_tree_ == facts_.target,
        .tree_is_target = TRY(ports_.history.same_tree(*completed_tree_, *facts_.target))};
    return {};
}

/// Checks all gates, also after a refusal, so that the operator sees each result. The first result
/// that does not pass decides.
Result<void> DryRunBuilder::check_all_gates() {
    gates_.clear();
    for (const auto& gate : ports_.gates)
        gates_.push_back(check_gate(*gate, *facts_.target, facts_, ports_.clock));
    facts_.gates = Passes{};
    for (auto& answer : gates_) {
        if (!answer) return fail(answer.error());
        facts_.gates = *answer;
        if (!std::holds_alternative<Passes>(*answer)) break;
    }
    return {};
}

Result<void> DryRunBuilder::conclude(const Event& event) {
    const auto* const compared = std::get_if<Compared>(&event);
    const auto* const bad = std::get_if<BadIsLive>(&event);
    if (bad != nullptr || (compared != nullptr && compared->restart_needed))
        found_.left_stopped = TRY(find_left_stopped(settings_, ports_)).units;
    std::optional<Event> obstacle;
    if (bad != nullptr) {
        TRY(count_edits(bad->last_known_good));
        obstacle = obstacle_to(bad->last_known_good, ports_);
    }
    if (compared != nullptr && compared->switch_needed) TRY(count_edits(facts_.target));
    const auto from = facts_.target ? State{Checking{*facts_.target}} : State{Planned{}};
    auto next = transition(from, event);
    const auto live = facts_.live;
    TRY(undo(from, next));
    found_.outcome = TRY(follow(std::move(next), std::move(obstacle), [](const State&) {}));
    facts_.live = live;  // of now: the described deployment begins there
    TRY(count_pruned(found_.outcome, live.tree));
    if (found_.edits.any()) found_.steps.insert(found_.steps.begin(), DryRun::Step::save_edits);
    return {};
}

/// A success removes old releases, and saves the edits in them.
Result<void> DryRunBuilder::count_pruned(const State& end, const std::optional<CommitId>& from) {
    const auto* const done = std::get_if<Succeeded>(&end);
    if (done == nullptr) return {};
    found_.edits += TRY(ports_.edits.edits_to_prune(needed_releases(
        done->commit, from, done->verified ? done->commit : facts_.live.last_known_good)));
    return {};
}

/// Uses the function that saves edits, so that both count the same. The completion of an unfinished
/// deployment leaves no edits.
Result<void> DryRunBuilder::count_edits(const std::optional<CommitId>& replaced_by) {
    if (replaced_by && !completed_tree_)
        found_.edits += TRY(ports_.edits.local_edits(*replaced_by));
    return {};
}

/// Follows the state machine to its end, and returns it. After the event `first`, if there is one,
/// each step is assumed to succeed.
Result<State> DryRunBuilder::follow(State state, std::optional<Event> first,
                                    const std::function<void(const State&)>& enter) {
    const bool concludes = std::holds_alternative<Concluding>(state);
    while (!is_final(state)) {
        enter(state);
        auto next = transition(state, first ? *std::exchange(first, {}) : TRY(next_event(state)));
        if (!concludes) TRY(undo(state, next));
        state = std::move(next);
    }
    enter(state);
    if (!concludes && ports_.hooks.has(Hook::after) && concluding(state, false))
        step(DryRun::Step::after);
    return state;
}

Result<Event> DryRunBuilder::next_event(const State& state) {
    using Step = DryRun::Step;
    const auto& app = facts_.app;
    const auto& left = found_.left_stopped;
    if (const auto* const building = std::get_if<Building>(&state)) {
        const bool built = TRY(ports_.releases.is_built(building->target));
        if (app.build_hook && (!built || facts_.request.again)) step(Step::build);
        return Built{};
    }
    if (std::holds_alternative<Switching>(state)) {
        step(Step::switch_files);
        return Switched{hooks_before_restart(app), {}, ports_.hooks.has(Hook::after)};
    }
    if (std::holds_alternative<Activating>(state)) {
        if (app.build_hook && !app.release_directories) step(Step::build);
        if (app.activate_hook) step(Step::activate);
        return Activated{};
    }
    if (std::holds_alternative<Restarting>(state)) {
        if (all_stay_stopped(settings_.service, left)) return NothingRuns{};
        if (app.restartable) step(Step::restart);
        return Restarted{};
    }
    if (std::holds_alternative<Probing>(state)) {
        if (app.probe && !probes_stopped_unit(settings_.service, left)) step(Step::probe);
        return Healthy{ports_.hooks.has(Hook::after)};
    }
    step(Step::after);
    return Finished{};
}

void DryRunBuilder::list_answers() {
    auto& answers = found_.answers;
    if (auto paused = pause_of(facts_.restrictions))
        answers.push_back({std::string{pause_gate}, *std::move(paused)});
    if (facts_.restrictions.pin) answers.push_back({"pin", Passes{}});
    if (!facts_.target) return;
    if (const auto* const bad = facts_.restrictions.quarantined(*facts_.target))
        answers.push_back(
            {std::string{quarantine_gate}, Refused{std::string{quarantine_gate}, bad->cause}});
    if (gates_.empty() && !target_is_verified(facts_))
        (void)check_all_gates();  // for information only
    for (std::size_t i = 0; i < gates_.size(); ++i) {
        DryRun::Answer answer{std::string{ports_.gates[i]->name()}, Passes{}};
        if (gates_[i])
            std::visit([&](const auto& result) { answer.result = result; }, *gates_[i]);
        else
            answer.result = gates_[i].error();
        answers.push_back(std::move(answer));
    }
    if (facts_.writable)
        std::visit(
            [&](const auto& result) {
                answers.push_back({std::string{checkout_gate}, result});
            },
            *facts_.writable);
}

Result<void> DryRunBuilder::describe(const CommitId& target) {
    found_.from = facts_.live.tree;  // as in the deployment's record
    found_.to = target;
    auto& history = ports_.history;
    found_.summary = TRY(ports_.commits.summary(target));
    found_.rewritten = TRY(is_rewritten(facts_, settings_, ports_));
    found_.commits = TRY(history.log(found_.from, target, most_commits + 1));
    found_.more_commits = found_.commits.size() > most_commits;
    if (found_.more_commits) found_.commits.pop_back();
    found_.files = TRY(history.changed_files(found_.from, target));
    return {};
}

}  // namespace

Result<DryRun> dry_run(const Settings& settings, const DeployRequest& request, const Ports& ports,
                       const std::filesystem::path& state_directory,
                       const git::OnProgress& progress) {
    const auto scratch = scratch_of(settings, state_directory);
    return DryRunBuilder{settings, ports, scratch, progress}.run(request);
}

}  // namespace inhaul::deploy
