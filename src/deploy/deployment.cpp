// SPDX-License-Identifier: Apache-2.0
#include "deployment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/fault.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/operator_command.hpp>

#include "facts.hpp"
#include "hook_environment.hpp"

namespace inhaul::deploy {
namespace {

using namespace deployment;

/// How often a commit is retried that fails through no fault of its own, if each attempt restarts
/// the service.
constexpr std::size_t most_restarts = 10;

/// Past the switch, the commit or the service is to blame for a failure.
bool past_the_switch(const State& state) {
    return rollback_of(state) != nullptr || std::holds_alternative<Activating>(state) ||
           std::holds_alternative<Restarting>(state) || std::holds_alternative<Probing>(state);
}

/// Also a failed build blames the commit, although it changed nothing that is live.
bool judges(const State& state) {
    return past_the_switch(state) || std::holds_alternative<Building>(state);
}

/// Returns true if a final state settles the head. It does not if the host or the network is to
/// blame, because a retry may succeed.
bool settles_head(const State& before, const State& after) {
    if (!is_final(after) || std::holds_alternative<Held>(after)) return false;
    if (const auto* rollback = rollback_of(before);
        rollback != nullptr && !is_commit_fault(rollback->cause))
        return false;
    const auto* failed = std::get_if<Failed>(&after);
    if (failed == nullptr) return true;
    return is_commit_fault(failed->cause) && judges(before) && !failed->cleared_commit;
}

}  // namespace

Deployment::Deployment(const Settings& settings, const DeployRequest& request, const Ports& ports,
                       const std::filesystem::path& state_directory,
                       const git::OnProgress& progress, ledger::Record record)
    : settings_(settings),
      request_(request),
      ports_(ports),
      patches_(state_directory / "patches" / settings.app.text()),
      scratch_(scratch_of(settings, state_directory)),
      progress_(progress),
      record_(std::move(record)) {}

Result<ledger::Record> Deployment::run() {
    (void)TRY(look_at_live());
    return go_on();
}

Result<ledger::Live> Deployment::look_at_live() {
    auto live = TRY(ports_.live.live(settings_.app));
    found_incomplete_ = live.switch_incomplete;
    live_runs_ = live.restarted.has_value();
    return live;
}

Result<ledger::Record> Deployment::go_on() {
    while (!is_final(record_.state)) {
        auto event = act();
        if (!event && std::holds_alternative<Fetching>(record_.state) &&
            names_no_commit(request_, event.error())) {
            TRY(ports_.deployments.withdraw(record_));
            return fail(std::move(event.error()));
        }
        auto next = transition(record_.state, event_of(std::move(event)));
        // Nothing changes the directory after the `after` hooks.
        if (!std::holds_alternative<Concluding>(record_.state))
            undo_incomplete_switch(record_.state, next);
        TRY(enter(before_the_end(std::move(next))));
        resumed_ = false;
    }
    if (std::holds_alternative<Succeeded>(record_.state)) prune();
    if (opened_)
        if (const auto tidied = ports_.fetcher.tidy(); !tidied)
            log::problem(log::Level::warning, "tidy the repository", tidied.error(),
                         {{"app", settings_.app.text()}});
    return std::move(record_);
}

/// Keeps the live release and the rollback target. A failure to remove the others is not an error.
void Deployment::prune() {
    const auto needed = needed_releases(*target_of(record_.state), record_.from, last_known_good());
    const auto pruned = ports_.releases.prune(needed, patches_);
    if (!pruned) {
        log::problem(log::Level::warning, "remove old releases", pruned.error(),
                     {{"app", settings_.app.text()}});
        return;
    }
    for (const auto& line : *pruned)
        log::warning(line, {{"app", settings_.app.text()}});
}

Result<ledger::Record> Deployment::resume() {
    ++record_.resumptions;
    log::warning("resuming a deployment whose process died",
                 {{"app", record_.app.text()},
                  {"state", std::string{name_of(record_.state)}},
                  {"resumptions", std::to_string(record_.resumptions)}});
    const auto live = TRY(look_at_live());
    auto next = resumed(record_.state, record_.resumptions, live.last_known_good);
    if (is_final(next) && !record_.head) record_.head = request_.expected;
    resumed_ = record_.state.index() == next.index();
    if (!tree_untouched(next)) ports_.service.exclude(record_.left_stopped);
    const auto found = record_.state;
    TRY(enter(before_the_end(std::move(next))));
    // After the record of the end: a crash here must not start the deployment again forever.
    if (!ledger::began_rollback(record_)) undo_incomplete_switch(found, record_.state);
    return go_on();
}

/// Restores the last known good tree if a switch of this or an earlier deployment is incomplete. So
/// no partly switched tree stays. Does nothing in a rollback, which is repeated.
void Deployment::undo_incomplete_switch(const State& before, const State& next) {
    if (!ends(next)) return;
    const auto live = ports_.live.live(settings_.app);
    if (!live || !undoes_switch(before, next, *live) || !opened()) return;
    const auto restored = restored_by_undo(*live);
    if (!restored) return;
    auto saved = save_edits(*restored);
    if (!saved) return note(saved.error().within("the last switch was interrupted").message);
    const auto undone = ports_.tree.undo_switch(*restored);
    if (!undone)
        return note(fmt::format("the last switch was interrupted: restore {}: {}",
                                restored->short_form(), undone.error().message));
    const auto& tree = *undone || !live->tree ? *restored : *live->tree;
    // The service may have been started with a partly switched tree.
    const bool restart_needed = found_incomplete_ && ports_.service.restartable();
    const auto restarted = restart_needed
                               ? ports_.service.restart({}, service::Service::Extent::all,
                                                        hook_environment(environment(tree, {})))
                               : Result<std::string>{};
    if (!restarted) note(restarted.error().within("restart the service").message);
    const auto noted =
        ports_.live.undone(settings_.app, tree, restart_needed && restarted.has_value());
    if (!noted) log::problem(log::Level::error, "record what is live", noted.error());
}

/// Returns Concluding before Failed and Refused, in which the `after` hooks run. The directory does
/// not change after them.
State Deployment::before_the_end(State next) const {
    const bool concluded = std::holds_alternative<Concluding>(record_.state);
    if (concluded || !ports_.hooks.has(Hook::after)) return next;
    auto last = concluding(next, settles(next));
    return last ? State{*std::move(last)} : std::move(next);
}

/// Crash point: the state is durable before its action.
Result<void> Deployment::enter(State next) {
    const auto* rollback = rollback_of(next);
    if (rollback != nullptr && rollback_of(record_.state) == nullptr)
        log::problem(log::Level::error,
                     fmt::format("{} failed, rolling back", rollback->bad.short_form()),
                     rollback->cause, {{"app", settings_.app.text()}});
    const auto processed_head = settles(next) ? record_.head : std::nullopt;
    record_.state = std::move(next);
    return ports_.deployments.save(record_, processed_head);
}

/// A failed start: the unit's own log often names the cause.
void Deployment::keep_start_log(const Error& cause) {
    const bool started = std::holds_alternative<Restarting>(record_.state) ||
                         std::holds_alternative<Probing>(record_.state);
    if (!started || !causes_rollback(cause)) return;
    for (auto& log : ports_.service.start_log())
        if (!log.text.empty() || !log.unreadable.empty())
            record_.outputs.push_back({std::string{ledger::unit_log}, std::move(log.unit),
                                       log.unreadable.empty() ? std::string{ledger::Output::log}
                                                              : std::move(log.unreadable),
                                       std::move(log.text), rollback_of(record_.state) != nullptr});
}

Event Deployment::event_of(Result<Event> event) {
    if (event) return *std::move(event);
    keep_start_log(event.error());
    Faulted fault{std::move(event.error())};
    if (causes_rollback(fault.cause)) fault.last_known_good = last_known_good();
    fault.earlier_build = fault.last_known_good &&
                          fault.last_known_good == target_of(record_.state) &&
                          ports_.releases.has_earlier_build(*fault.last_known_good).value_or(false);
    if (rollback_of(record_.state) == nullptr) return fault;
    fault.same_step = fails_in_same_hooks();
    const auto hint = hint_after_rollback(fault.same_step && is_commit_fault(fault.cause));
    fault.cause.hint = fault.cause.hint.empty() ? hint : fault.cause.hint + "\n" + hint;
    return fault;
}

/// The hooks before the restart fail for the last known good commit as for the new commit.
bool Deployment::fails_in_same_hooks() const {
    const auto rollback =
        std::find_if(record_.steps.begin(), record_.steps.end(), [](const auto& step) {
            const auto name = step_named(step.state);
            return name && name->in_rollback;
        });
    return std::holds_alternative<Activating>(record_.state) && rollback != record_.steps.begin() &&
           std::prev(rollback)->state == name_of(Step{Stage::activating});
}

/// What runs after a failed rollback, and which command helps.
std::string Deployment::hint_after_rollback(bool cleared_commit) const {
    const auto& app = settings_.app.text();
    const bool restarted = ledger::entered_stage(record_, Stage::restarting);
    const std::string_view runs =
        !ports_.service.restartable() ? ""
        : restarted  ? "The service started with neither the new nor the last known good commit. "
        : live_runs_ ? "The service was not restarted. It still runs the earlier code. "
                     : "";
    if (cleared_commit)
        return fmt::format(
            "{}Both commits fail in the same hooks, so the cause is probably this host. Fix it.\n"
            "Then run: {}",
            runs, inhaul_command("deploy " + app));
    return fmt::format(
        "{}Fix the cause.\nTo complete the rollback, run: {}\nTo deploy the head, run: {}", runs,
        inhaul_command("rollback " + app), inhaul_command("retry " + app));
}

bool Deployment::settles(const State& next) const {
    if (const auto* concluded = std::get_if<Concluding>(&record_.state))
        return concluded->settles && is_final(next);
    if (settles_head(record_.state, next)) return true;
    const bool failed =
        std::holds_alternative<Failed>(next) || std::holds_alternative<RolledBack>(next);
    return failed && restarted_too_often();
}

/// A fault of the host must not restart the service forever.
bool Deployment::restarted_too_often() const {
    const auto newest = ports_.deployments.history(settings_.app, most_restarts);
    if (!newest || newest->size() < most_restarts) return false;
    return std::all_of(newest->begin(), newest->end(), [&](const auto& record) {
        return record.head == record_.head && restarted(record);
    });
}

/// Returns the last known good commit if its objects are still here.
std::optional<CommitId> Deployment::last_known_good() const {
    const auto live = ports_.live.live(settings_.app);
    if (!live || !live->last_known_good) return std::nullopt;
    return ports_.commits.has(*live->last_known_good).value_or(false) ? live->last_known_good
                                                                      : std::nullopt;
}

Result<void> Deployment::opened() {
    if (!opened_) TRY(ports_.fetcher.open());
    opened_ = true;
    return {};
}

Result<Event> Deployment::act() {
    if (!std::holds_alternative<Concluding>(record_.state)) TRY(opened());
    return std::visit([this](const auto& state) { return act_on(state); }, record_.state);
}

void Deployment::note(std::string line) {
    log::warning(line, {{"app", settings_.app.text()}});
    record_.notes.push_back(std::move(line));
}

}  // namespace inhaul::deploy
