// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::deploy {
namespace {

using namespace deployment;

std::string by_and_since(const ledger::Operator& by, TimePoint since) {
    auto text = fmt::format("by {} on {}", by.who, format_local(since));
    if (!by.why.empty()) text += ": " + printable(by.why);
    return text;
}

/// Returns the event of a result that stops a deployment: every result that does not pass.
std::optional<Event> stops(const std::optional<GateResult>& result) {
    if (!result) return std::nullopt;
    if (const auto* held = std::get_if<Held>(&*result)) return GateHolds{*held};
    if (const auto* refused = std::get_if<Refused>(&*result)) return GateRefuses{*refused};
    return std::nullopt;
}

FindTarget wanted(const PlanInput& facts) {
    if (facts.request.to) return {facts.request.to};
    const auto& there = facts.live.switch_incomplete ? facts.live.last_known_good : facts.live.tree;
    if (facts.request.again && there) return {there->hex()};
    if (const auto& pin = facts.restrictions.pin) return {pin->commit.hex(), true};
    return {};
}

Plan before_the_fetch(const PlanInput& facts) {
    const auto& request = facts.request;
    if (request.force) return wanted(facts);
    if (auto paused = pause_of(facts.restrictions)) return GateHolds{*std::move(paused)};
    if (auto stop = stops(facts.held_gate)) return *std::move(stop);
    // The commit is here. While its gate holds it, there is nothing to fetch.
    const auto& hold = facts.restrictions.hold;
    const bool held =
        hold && !facts.restrictions.pin && request.expected && hold->commit == request.expected;
    if (held && !facts.held_gate) return CheckHeldGate{hold->gate, *request.expected};
    return wanted(facts);
}

bool first(const ledger::Live& live) {
    return !live.tree && !live.switch_incomplete;
}

bool switch_needed(const PlanInput& facts) {
    const auto& comparison = facts.directory->comparison;
    return facts.live.switch_incomplete || !comparison.tree_is_target ||
           !comparison.head_is_target || (facts.request.again && facts.app.release_directories);
}

bool restart_needed(const PlanInput& facts) {
    const auto& live = facts.live;
    if (facts.request.again) return true;
    // At the first deployment, the running commit is unknown. Without a service, a restart at least
    // leaves a record.
    if (first(live) && !switch_needed(facts)) return true;
    if (!facts.app.restartable && !facts.app.activate_hook && !facts.app.build_hook &&
        !facts.app.probe)
        return false;
    if (!live.restarted || !live.last_known_good || live.switch_incomplete ||
        facts.directory->comparison.edited > 0)
        return true;
    // A user has changed the tree: the files that the service runs are unknown. If the service
    // started with the target's files, only a user can have moved a submodule.
    if (facts.directory->head != live.tree || facts.directory->comparison.submodules_moved)
        return true;
    // A service that was started but not verified is restarted.
    return !facts.directory->runs_same_files || !facts.directory->known_good_files;
}

}  // namespace

Plan plan(const PlanInput& facts) {
    if (!facts.target) return before_the_fetch(facts);
    if (!facts.request.force)
        if (auto stop = quarantine_of(facts)) return *std::move(stop);
    if (!facts.directory) {
        if (auto stop = stops(facts.writable)) return *std::move(stop);
        return CompareDirectory{};
    }
    if (!facts.request.force && !target_is_verified(facts)) {
        if (!facts.gates) return CheckGates{};
        if (auto stop = stops(facts.gates)) return *std::move(stop);
    }
    if (auto stop = stops(facts.writable)) return *std::move(stop);
    const bool switches = switch_needed(facts);
    if (switches && !facts.writable) return CheckSwitch{};
    return Compared{.switch_needed = switches,
                    .restart_needed = restart_needed(facts),
                    .hooks = hooks_before_restart(facts.app),
                    .release_directories = facts.app.release_directories};
}

std::optional<Held> pause_of(const ledger::Restrictions& restrictions) {
    const auto& pause = restrictions.pause;
    if (!pause) return std::nullopt;
    return Held{std::string{pause_gate}, "paused " + by_and_since(pause->by, pause->since),
                pause->until};
}

std::optional<Event> quarantine_of(const PlanInput& facts) {
    const auto& live = facts.live;
    const auto& target = *facts.target;
    const auto* const bad = facts.restrictions.quarantined(target);
    if (bad == nullptr) return std::nullopt;
    // A rollback that could not be completed, for example for lack of space.
    const bool is_live = live.switch_incomplete || live.tree == target ||
                         live.restarted == target || (!live.restarted && facts.app.restartable);
    if (is_live && live.last_known_good && live.last_known_good != target)
        return BadIsLive{*live.last_known_good, {target, Error{ErrorCode::failed, bad->cause}}};
    return GateRefuses{{std::string{quarantine_gate},
                        fmt::format("the commit failed on {} (deployment {}): {}",
                                    format_local(bad->since), bad->deployment, bad->cause)}};
}

std::optional<CommitId> found_commit(const PlanInput& facts) {
    const auto& head = facts.directory->head;
    return first(facts.live) && head != facts.target ? head : std::nullopt;
}

bool target_is_verified(const PlanInput& facts) {
    return facts.target && facts.live.last_known_good == facts.target;
}

bool answers(const ledger::Record& finished, const DeployRequest& request) {
    if (request.trigger == Trigger::manual) return false;
    if (std::holds_alternative<Failed>(finished.state)) return true;
    return request.expected && finished.to == request.expected;
}

std::optional<CommitId> restored_by_undo(const ledger::Live& live) {
    return live.last_known_good ? live.last_known_good : live.tree;
}

std::vector<CommitId> needed_releases(const CommitId& target, const std::optional<CommitId>& from,
                                      const std::optional<CommitId>& last_known_good) {
    std::vector<CommitId> needed{target};
    for (const auto& commit : {from, last_known_good})
        if (commit && std::find(needed.begin(), needed.end(), *commit) == needed.end())
            needed.push_back(*commit);
    return needed;
}

bool hooks_before_restart(const AppTraits& app) {
    return (app.build_hook && !app.release_directories) || app.activate_hook;
}

bool names_no_commit(const DeployRequest& request, const Error& error) {
    return request.to && error.reason == ErrorReason::no_such_commit;
}

bool ends(const State& state) {
    return is_final(state) || std::holds_alternative<Concluding>(state);
}

bool undoes_switch(const State& before, const State& next, const ledger::Live& live) {
    return live.switch_incomplete && ends(next) && rollback_of(before) == nullptr &&
           rollback_of(next) == nullptr && !std::holds_alternative<Succeeded>(next);
}

LeftStopped left_stopped(const ServiceSettings& service,
                         const std::vector<service::StoppedUnit>& stopped_units, bool has_run) {
    using Why = service::StoppedUnit::Why;
    LeftStopped stopped;
    const auto* const units = std::get_if<SystemdUnits>(&service);
    if (units == nullptr) return stopped;
    for (const auto& [unit, why, hint] : stopped_units) {
        const auto how = to_string(why);
        const bool newly = !has_run && why == Why::disabled;
        if (!units->start && why != Why::stopped && !newly) {
            stopped.units.push_back(unit);
            stopped.notes.push_back(fmt::format(
                "{} is {}: it was not started. To start it, run `{}`", unit, how, hint));
        } else if (newly) {
            stopped.notes.push_back(
                fmt::format("{} does not start at boot. To enable it, run `{}`", unit, hint));
        } else if (has_run) {
            stopped.notes.push_back(
                fmt::format("{} was {}. This deployment starts it.", unit, how));
        }
    }
    return stopped;
}

bool all_stay_stopped(const ServiceSettings& service, const std::vector<std::string>& left) {
    const auto* const units = std::get_if<SystemdUnits>(&service);
    return units != nullptr && !left.empty() &&
           std::all_of(units->names.begin(), units->names.end(), [&](const auto& unit) {
               return std::find(left.begin(), left.end(), unit) != left.end();
           });
}

bool probes_stopped_unit(const ServiceSettings& service, const std::vector<std::string>& left) {
    const auto* const units = std::get_if<SystemdUnits>(&service);
    return units != nullptr &&
           std::find(left.begin(), left.end(), units->names.front()) != left.end();
}

}  // namespace inhaul::deploy
