#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include "deployment.hpp"
#include "gates.hpp"
#include "hook_environment.hpp"

// What is done in each state.

namespace inhaul::deploy {

using namespace deployment;

namespace {

std::string by_and_since(const ledger::Operator& decree, TimePoint since) {
    auto text = fmt::format("by {} on {}", decree.who, format_local(since));
    if (!decree.why.empty()) text += ": " + printable(decree.why);
    return text;
}

}  // namespace

Result<Event> Deployment::act_on(const Planned& /*state*/) {
    if (request_.force) return Begun{};
    const auto restrictions = TRY(ports_.ledger.restrictions(settings_.app));
    if (const auto& pause = restrictions.pause)
        return GateHolds{
            {"pause", "paused " + by_and_since(pause->decree, pause->since), pause->until}};
    // Of a commit that is here: while its gate still says so, there is nothing to fetch.
    const auto& hold = restrictions.hold;
    if (restrictions.pin || !hold || !request_.expected || hold->commit != request_.expected)
        return Begun{};
    for (const auto& gate : ports_.gates) {
        if (gate->name() != hold->gate || !TRY(ports_.repository.has(*request_.expected))) continue;
        record_.to = record_.head = request_.expected;
        record_.summary = TRY(ports_.repository.summary(*request_.expected));
        if (auto answer = TRY(ask_gate(*gate, *request_.expected, restrictions))) return *answer;
    }
    return Begun{};
}

Result<std::optional<Event>> Deployment::ask_gate(Gate& gate, const CommitId& target,
                                                  const ledger::Restrictions& restrictions) {
    const auto live = TRY(ports_.ledger.live(settings_.app));
    Candidate candidate{target, live.last_known_good, ports_.clock.now()};
    consider_hold(candidate, restrictions);
    auto verdict = TRY_WITHIN(fmt::format("ask the gate {}", gate.name()), gate.ask(candidate));
    if (auto* const held = std::get_if<Held>(&verdict))
        return std::optional<Event>{GateHolds{std::move(*held)}};
    if (auto* const refused = std::get_if<Refused>(&verdict))
        return std::optional<Event>{GateRefuses{std::move(*refused)}};
    return std::optional<Event>{};
}

Result<Event> Deployment::act_on(const Fetching& /*state*/) {
    auto target = TRY(find_target());
    TRY(refuse_foreign(target));
    record_.to = target;
    record_.summary = TRY(ports_.repository.summary(target));
    return Fetched{std::move(target)};
}

Result<CommitId> Deployment::find_target() {
    record_.head.reset();
    if (const auto name = TRY(wanted())) {
        // What is here needs no network: going back must work while the remote does not.
        if (auto known = ports_.repository.resolve(*name)) return known;
        (void)TRY(ports_.repository.fetch(progress_, std::nullopt));
        return ports_.repository.resolve(*name);
    }
    auto head = TRY(ports_.repository.fetch(progress_, request_.expected));
    TRY(refuse_lagging(head));
    record_.head = head;
    return head;
}

/// A commit other than the branch's head, by its name.
Result<std::optional<std::string>> Deployment::wanted() {
    if (request_.to) return request_.to;
    const auto live = TRY(ports_.ledger.live(settings_.app));
    const auto& there = live.switch_incomplete ? live.last_known_good : live.tree;
    if (request_.again && there) return std::optional{there->hex()};
    const auto pin = TRY(ports_.ledger.restrictions(settings_.app)).pin;
    if (!pin) return std::optional<std::string>{};
    record_.head = request_.expected;  // it is dealt with, by not being deployed
    return std::optional{pin->commit.hex()};
}

/// GitHub's API may know a push before its git servers do.
Result<void> Deployment::refuse_lagging(const CommitId& head) {
    if (!request_.expected || *request_.expected == head) return {};
    if (TRY(ports_.repository.has(*request_.expected))) return {};
    const auto live = TRY(ports_.ledger.live(settings_.app));
    if (live.tree != head) return {};
    return fail(ErrorCode::network,
                fmt::format("fetch {}: the git server does not have {} yet", settings_.git_url,
                            request_.expected->short_form()),
                {}, true);
}

/// The directory must be a checkout of this very history, or of what was last deployed to it: a
/// branch may be rewritten. Somebody may have put another in its place since then.
Result<void> Deployment::refuse_foreign(const CommitId& target) {
    const auto live = TRY(ports_.ledger.live(settings_.app));
    const auto head = TRY(ports_.repository.head());
    if (!head || head == live.tree || head == live.last_known_good) return {};
    if (TRY(ports_.repository.related(*head, target))) return {};
    if (live.tree) {
        // Of a commit that is damaged nothing can be told; what it was is put right.
        if (!TRY(ports_.repository.has(*head))) return {};
        if (TRY(ports_.repository.related(*head, *live.tree))) return {};
    }
    return fail(ErrorCode::refused,
                fmt::format("{} is a checkout of something else: its commit {} has no history in "
                            "common with {}",
                            settings_.directory.string(), head->short_form(), settings_.repository),
                "Give another `directory`, or move this one aside.");
}

Result<Event> Deployment::act_on(const Checking& state) {
    auto live = TRY(ports_.ledger.live(settings_.app));
    if (!request_.force)
        if (auto answer = TRY(ask_quarantine(state.target, live))) {
            if (std::holds_alternative<BadIsLive>(*answer)) TRY(leave_stopped_units());
            return std::move(*answer);
        }
    const auto found = ports_.repository.compare(state.target);
    if (!found) return refused_or_faulted(found.error());
    const auto& comparison = *found;
    Compared compared;
    compared.apart = ports_.repository.apart();
    compared.switch_needed = live.switch_incomplete || !comparison.tree_is_target ||
                             !comparison.head_is_target || (request_.again && compared.apart);
    // Met for the first time: what the service runs is not known, so all is done, whatever is here.
    const bool first = !live.tree && !live.switch_incomplete;
    const auto head = first ? TRY(ports_.repository.head()) : std::nullopt;
    if (head && head != state.target) {
        TRY(ports_.ledger.adopt(settings_.app, *head));
        record_.from = head;
        live = TRY(ports_.ledger.live(settings_.app));
    }
    // What was proven may be put right again without asking anybody.
    if (!request_.force && live.last_known_good != state.target)
        if (auto answer = TRY(ask_gates(state.target))) return std::move(*answer);
    if (!request_.to && live.last_known_good &&
        !TRY(ports_.repository.descends(state.target, *live.last_known_good)))
        note(
            fmt::format("the branch was rewritten: {}, which was live, is not in the history of "
                        "{}",
                        live.last_known_good->short_form(), state.target.short_form()));
    if (compared.switch_needed)
        if (auto can = prepare_switch(state.target); !can)
            return refused_or_faulted(std::move(can.error()));
    // Where there is nothing to run either, the first deployment is recorded at least.
    compared.restart_needed = request_.again || (first && !compared.switch_needed) ||
                              TRY(needs_restart(state.target, live, comparison));
    compared.hooks = hooks_before_restart();
    if (compared.restart_needed) TRY(leave_stopped_units());
    if (compared.switch_needed) TRY(save_edits(state.target));
    if (!compared.switch_needed && compared.restart_needed)
        compared.invocation = TRY(ports_.service.invocation());
    return compared;
}

Result<std::optional<Event>> Deployment::ask_quarantine(const CommitId& target,
                                                        const ledger::Live& live) {
    const auto restrictions = TRY(ports_.ledger.restrictions(settings_.app));
    const auto* const bad = restrictions.quarantined(target);
    if (bad == nullptr) return std::optional<Event>{};
    // A way back that could not be gone to its end, for want of space perhaps.
    const bool is_live = live.switch_incomplete || live.tree == target ||
                         live.restarted == target ||
                         (!live.restarted && ports_.service.restartable());
    if (is_live && live.last_known_good && live.last_known_good != target)
        return std::optional<Event>{
            BadIsLive{*live.last_known_good, {target, Error{ErrorCode::failed, bad->cause}}}};
    return std::optional<Event>{
        GateRefuses{{"quarantine", fmt::format("it failed on {} (deployment {}): {}; `inhaul retry "
                                               "{}` tries it again",
                                               format_local(bad->since), bad->deployment,
                                               bad->cause, settings_.app.text())}}};
}

Result<std::optional<Event>> Deployment::ask_gates(const CommitId& target) {
    const auto restrictions = TRY(ports_.ledger.restrictions(settings_.app));
    for (const auto& gate : ports_.gates)
        if (auto answer = TRY(ask_gate(*gate, target, restrictions))) return answer;
    return std::optional<Event>{};
}

bool Deployment::hooks_before_restart() const {
    const bool build = ports_.hooks.has(Hook::build) && !ports_.repository.apart();
    return build || ports_.hooks.has(Hook::activate);
}

Result<bool> Deployment::needs_restart(const CommitId& target, const ledger::Live& live,
                                       const git::Comparison& comparison) {
    if (!ports_.service.restartable() && !hooks_before_restart() && !ports_.probe.exists() &&
        !ports_.hooks.has(Hook::build))
        return false;
    if (!live.restarted || !live.last_known_good || live.switch_incomplete || comparison.edited > 0)
        return true;
    // Somebody moved the tree by other means: what the service runs is not known.
    if (TRY(ports_.repository.head()) != live.tree) return true;
    // What was started and not proven is started again.
    return !TRY(ports_.repository.same_tree(*live.restarted, target)) ||
           !TRY(ports_.repository.same_tree(*live.last_known_good, target));
}

/// Whether anything of this app was ever seen to run: a unit that rests before has not been started
/// yet, and is not stopped.
Result<bool> Deployment::has_run() const {
    constexpr std::size_t all = 500;
    for (const auto& record : TRY(ports_.ledger.history(settings_.app, all)))
        if (const auto* succeeded = std::get_if<Succeeded>(&record.state);
            std::holds_alternative<RolledBack>(record.state) ||
            (succeeded != nullptr && succeeded->proven))
            return true;
    return false;
}

/// A unit that a person has stopped and disabled is not started by a push.
Result<void> Deployment::leave_stopped_units() {
    using Why = service::Resting::Why;
    record_.left_stopped.clear();
    const auto* const units = std::get_if<SystemdUnits>(&settings_.service);
    const auto resting = TRY(ports_.service.resting());
    if (units == nullptr || resting.empty()) return {};
    const bool first = !TRY(has_run());
    for (const auto& [unit, why, remedy] : resting) {
        const auto how = to_string(why);
        const bool start = units->start || why == Why::stopped || (first && why == Why::disabled);
        if (!start) record_.left_stopped.push_back(unit);
        if (!start)
            note(
                fmt::format("{} is {}, and was not started: `{}` changes that", unit, how, remedy));
        else if (first && why == Why::disabled)
            note(fmt::format("{} does not start with the host: `{}` changes that", unit, remedy));
        else if (!first)
            note(fmt::format("{} was {}, and is started", unit, how));
    }
    ports_.service.leave(record_.left_stopped);
    return {};
}

Result<void> Deployment::save_edits(const CommitId& target) {
    for (auto& line :
         TRY_WITHIN("save local edits", ports_.repository.save_local_edits(target, patches_)))
        note(std::move(line));
    return {};
}

HookEnvironment Deployment::environment(const CommitId& target,
                                        const MaybeRollback& rollback) const {
    HookEnvironment names{
        {"INHAUL_APP", settings_.app.text()},
        {"INHAUL_COMMIT", target.hex()},
        {"INHAUL_PREVIOUS", record_.from ? record_.from->hex() : std::string{}},
        {"INHAUL_BRANCH", settings_.branch.text()},
        {"INHAUL_DIRECTORY", ports_.repository.place_of(target).string()},
        {"INHAUL_TRIGGER", std::string{to_string(record_.trigger)}},
        {"INHAUL_DEPLOYMENT", std::to_string(record_.number)},
    };
    if (rollback) names.emplace_back("INHAUL_ROLLED_BACK_FROM", rollback->bad.hex());
    return names;
}

Result<void> Deployment::run_hook(Hook hook, const CommitId& target,
                                  const MaybeRollback& rollback) {
    auto& outputs = record_.outputs;
    const auto before = outputs.size();
    auto ran = ports_.hooks.run(hook, ports_.repository.place_of(target),
                                environment(target, rollback), outputs);
    for (auto i = before; i < outputs.size(); ++i)
        outputs[i].rollback = rollback.has_value();
    if (outputs.size() > before) hooks_ended_ = ports_.clock.now();
    return ran;
}

/// So that it is neither taken for a person's edit, nor put right by a deployment that restarts.
void Deployment::adopt_edits(const CommitId& target) {
    const auto paths = ports_.repository.adopt_edits(target);
    if (!paths)
        return log::problem(log::Level::warning, "look for what the hooks have changed",
                            paths.error(), {{"app", settings_.app.text()}});
    if (paths->empty()) return;
    const auto more = paths->size() > 1 ? fmt::format(" and {} more", paths->size() - 1) : "";
    note(fmt::format("the app's hooks changed {}{}, which the commit has otherwise",
                     printable(paths->front()), more));
}

/// A hook that was killed runs again.
Result<Event> Deployment::act_on(const Activating& state) {
    if (!ports_.repository.apart()) TRY(run_hook(Hook::build, state.target, state.rollback));
    TRY(run_hook(Hook::activate, state.target, state.rollback));
    adopt_edits(state.target);
    return Activated{TRY(ports_.service.invocation())};
}

Result<Event> Deployment::act_on(const Restarting& state) {
    if (!record_.left_stopped.empty() && !ports_.service.restartable()) return NothingRuns{};
    // Whoever started a unit since the switch, us or a reboot, started the new tree.
    using Extent = service::Service::Extent;
    return Restarted{
        TRY(ports_.service.restart(state.invocation_before, resumed_ ? Extent::rest : Extent::all,
                                   hook_environment(environment(state.target, state.rollback))))};
}

Result<Event> Deployment::act_on(const Probing& state) {
    const auto invocation = resumed_ ? TRY(ports_.service.invocation()) : state.invocation;
    TRY(ports_.service.settle(invocation));
    if (ports_.probe.exists() && !first_unit_is_left()) {
        TRY(ports_.probe.prove(state.target));
        // An answer counts for the process that is to stay, not for one that came after a crash.
        TRY(ports_.service.check(invocation));
    }
    return Healthy{ports_.hooks.has(Hook::after)};
}

/// Then what the probe asks does not run.
bool Deployment::first_unit_is_left() const {
    const auto* const units = std::get_if<SystemdUnits>(&settings_.service);
    const auto& left = record_.left_stopped;
    return units != nullptr &&
           std::find(left.begin(), left.end(), units->names.front()) != left.end();
}

/// It is live already: nothing here may change that.
Result<Event> Deployment::act_on(const Finishing& state) {
    const auto ran = run_hook(Hook::after, state.target, state.rollback);
    if (!ran) note(ran.error().message);
    adopt_edits(state.target);
    return Finished{};
}

}  // namespace inhaul::deploy
