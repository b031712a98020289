// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include "deployment.hpp"
#include "facts.hpp"
#include "hook_environment.hpp"

// The action of each state.

namespace inhaul::deploy {

using namespace deployment;

namespace {

constexpr std::size_t cause_shown = 4096;

/// For the `after` hook.
HookEnvironment with_outcome(HookEnvironment names, std::string outcome, const std::string& cause) {
    names.emplace_back("INHAUL_OUTCOME", std::move(outcome));
    names.emplace_back("INHAUL_CAUSE", printable(cause, cause_shown));
    return names;
}

}  // namespace

Result<Event> Deployment::act_on(const Planned& /*state*/) {
    facts_ = TRY(first_facts(settings_, request_, ports_));
    auto next = plan(facts_);
    if (const auto* const fact = std::get_if<CheckHeldGate>(&next)) {
        if (TRY(ports_.commits.has(fact->commit))) {
            record_.to = record_.head = fact->commit;
            record_.summary = TRY(ports_.commits.summary(fact->commit));
        }
        facts_.held_gate = TRY(check_held_gate(*fact, facts_, ports_));
        next = plan(facts_);
    }
    if (auto* const event = std::get_if<Event>(&next)) return std::move(*event);
    return Begun{};
}

Result<Event> Deployment::act_on(const Fetching& /*state*/) {
    const auto next = plan(facts_);
    const auto* const fact = std::get_if<FindTarget>(&next);
    if (fact == nullptr) return fail(ErrorCode::internal, "fetched without a plan");
    // The head is processed by not being deployed.
    record_.head = fact->pinned ? request_.expected : std::nullopt;
    auto found = TRY(find_target(*fact, facts_, settings_, ports_, scratch_, progress_));
    facts_.target_is_head = found.is_head;
    if (found.is_head) record_.head = found.commit;
    record_.to = found.commit;
    record_.summary = TRY(ports_.commits.summary(found.commit));
    return Fetched{std::move(found.commit)};
}

Result<Event> Deployment::act_on(const Checking& state) {
    facts_.target = state.target;
    // Meanwhile an operator may have lifted a quarantine.
    facts_.restrictions = TRY(ports_.restrictions.restrictions(settings_.app));
    for (;;) {
        auto next = plan(facts_);
        if (auto* const event = std::get_if<Event>(&next)) {
            TRY(prepare(*event));
            return std::move(*event);
        }
        TRY(find_out(next));
    }
}

/// Finds the fact that plan() needs in Checking.
Result<void> Deployment::find_out(const Plan& fact) {
    const auto& target = *facts_.target;
    if (std::holds_alternative<CompareDirectory>(fact)) {
        TRY(compare_directory(facts_, ports_));
        if (facts_.directory) TRY(adopt_found());
    } else if (std::holds_alternative<CheckGates>(fact)) {
        facts_.gates = TRY(check_gates(facts_, ports_));
    } else if (std::holds_alternative<CheckSwitch>(fact)) {
        TRY(note_rewritten_branch());
        facts_.writable = TRY(checkout_result(prepare_switch(target, ports_, progress_)));
    } else {
        return fail(ErrorCode::internal, "no such fact in this state");
    }
    return {};
}

/// A commit that was there before inhaul can be rolled back to.
Result<void> Deployment::adopt_found() {
    const auto found = found_commit(facts_);
    if (!found) return {};
    TRY(ports_.live.adopt(settings_.app, *found));
    record_.from = found;
    facts_.live = TRY(ports_.live.live(settings_.app));
    return {};
}

/// Does the work before the event: notes, and the saving of edits that an operator would lose.
Result<void> Deployment::prepare(Event& event) {
    if (std::holds_alternative<BadIsLive>(event)) return leave_units_stopped();
    auto* const compared = std::get_if<Compared>(&event);
    if (compared == nullptr) return {};
    if (!compared->switch_needed) TRY(note_rewritten_branch());
    if (compared->restart_needed) TRY(leave_units_stopped());
    if (compared->switch_needed) return save_edits(*facts_.target);
    if (compared->restart_needed) compared->invocation = TRY(ports_.service.invocation());
    return {};
}

Result<void> Deployment::note_rewritten_branch() {
    if (!TRY(is_rewritten(facts_, settings_, ports_))) return {};
    note(
        fmt::format("the branch was rewritten: {}, which was live, is not in the history of "
                    "{}",
                    facts_.live.last_known_good->short_form(), facts_.target->short_form()));
    return {};
}

/// A push does not start a unit that an operator has stopped and disabled.
Result<void> Deployment::leave_units_stopped() {
    auto stopped = TRY(find_left_stopped(settings_, ports_));
    record_.left_stopped = std::move(stopped.units);
    for (auto& line : stopped.notes)
        note(std::move(line));
    ports_.service.exclude(record_.left_stopped);
    return {};
}

Result<void> Deployment::save_edits(const CommitId& target) {
    for (auto& line :
         TRY_WITHIN("save local edits", ports_.tree.save_local_edits(target, patches_))) {
        record_.edits_saved.push_back(line);
        note(std::move(line));
    }
    return {};
}

HookEnvironment Deployment::environment(const std::optional<CommitId>& target,
                                        const std::filesystem::path& directory) const {
    return {
        {"INHAUL_APP", settings_.app.text()},
        {"INHAUL_COMMIT", target ? target->hex() : std::string{}},
        {"INHAUL_PREVIOUS", record_.from ? record_.from->hex() : std::string{}},
        {"INHAUL_BRANCH", settings_.branch.text()},
        {"INHAUL_DIRECTORY", directory.string()},
        {"INHAUL_TRIGGER", std::string{to_string(record_.trigger)}},
        {"INHAUL_DEPLOYMENT", std::to_string(record_.number)},
    };
}

HookEnvironment Deployment::environment(const CommitId& target,
                                        const MaybeRollback& rollback) const {
    auto names = environment(target, ports_.releases.place_of(target));
    if (rollback) names.emplace_back("INHAUL_ROLLED_BACK_FROM", rollback->bad.hex());
    return names;
}

Result<void> Deployment::run_in(const std::filesystem::path& directory, Hook hook,
                                const HookEnvironment& names, bool rollback) {
    auto& outputs = record_.outputs;
    const auto before = outputs.size();
    auto ran = ports_.hooks.run(hook, directory, names, outputs);
    for (auto i = before; i < outputs.size(); ++i)
        outputs[i].rollback = rollback;
    if (outputs.size() > before) hooks_ended_ = ports_.clock.now();
    return ran;
}

Result<void> Deployment::run_hook(Hook hook, const CommitId& target,
                                  const MaybeRollback& rollback) {
    return run_in(ports_.releases.place_of(target), hook, environment(target, rollback),
                  rollback.has_value());
}

/// So that the change is neither saved as a local edit nor discarded by the next deployment.
void Deployment::adopt_edits(const CommitId& target) {
    const auto paths = ports_.tree.adopt_edits(target);
    if (!paths)
        return log::problem(log::Level::warning, "find the files that the hooks have changed",
                            paths.error(), {{"app", settings_.app.text()}});
    if (paths->empty()) return;
    const auto more = paths->size() > 1 ? fmt::format(" and {} more", paths->size() - 1) : "";
    note(fmt::format("the app's hooks changed {}{}, which the commit contains",
                     printable(paths->front()), more));
}

/// After a crash the hooks run again.
Result<Event> Deployment::act_on(const Activating& state) {
    if (!ports_.releases.uses_release_directories())
        TRY(run_hook(Hook::build, state.target, state.rollback));
    TRY(run_hook(Hook::activate, state.target, state.rollback));
    adopt_edits(state.target);
    return Activated{TRY(ports_.service.invocation())};
}

Result<Event> Deployment::act_on(const Restarting& state) {
    if (all_stay_stopped(settings_.service, record_.left_stopped)) return NothingRuns{};
    // A unit that was started since the switch, by inhaul or a reboot, runs the new tree.
    using Extent = service::Service::Extent;
    return Restarted{
        TRY(ports_.service.restart(state.invocation_before, resumed_ ? Extent::rest : Extent::all,
                                   hook_environment(environment(state.target, state.rollback))))};
}

Result<Event> Deployment::act_on(const Probing& state) {
    const auto invocation = resumed_ ? TRY(ports_.service.invocation()) : state.invocation;
    TRY(ports_.service.settle(invocation));
    // Then the probed unit does not run.
    const bool stopped = probes_stopped_unit(settings_.service, record_.left_stopped);
    if (ports_.probe.exists() && !stopped) {
        TRY(ports_.probe.wait_until_healthy(state.target));
        // A healthy answer must come from the started process, not from a restart after a crash.
        TRY(ports_.service.check(invocation));
    }
    return Healthy{ports_.hooks.has(Hook::after)};
}

/// The commit is live already: a failure here cannot change that.
Result<Event> Deployment::act_on(const Finishing& state) {
    const auto names = with_outcome(environment(state.target, state.rollback),
                                    state.rollback ? "rolled_back" : "succeeded",
                                    state.rollback ? state.rollback->cause.message : "");
    const auto ran = run_in(ports_.releases.place_of(state.target), Hook::after, names,
                            state.rollback.has_value());
    if (!ran) note(ran.error().message);
    adopt_edits(state.target);
    return Finished{};
}

/// The hooks run in the live directory: a commit that was refused runs nothing. Without a live
/// directory they run where it will be.
Result<Event> Deployment::act_on(const Concluding& state) {
    const auto live = ports_.live.live(settings_.app);
    const auto tree = live ? live->tree : std::nullopt;
    const auto place = tree ? ports_.releases.place_of(*tree) : settings_.directory;
    const auto* const refused = std::get_if<Refused>(&state.end);
    const auto names =
        with_outcome(environment(record_.to, place), refused != nullptr ? "refused" : "failed",
                     refused != nullptr ? refused->gate + ": " + refused->reason
                                        : std::get<Failed>(state.end).cause.message);
    const auto ran = run_in(file::nearest_existing(place), Hook::after, names, false);
    if (!ran) note(ran.error().message);
    if (tree && !live->switch_incomplete && opened()) adopt_edits(*tree);
    return Finished{};
}

}  // namespace inhaul::deploy
