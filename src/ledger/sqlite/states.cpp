// SPDX-License-Identifier: Apache-2.0
#include "states.hpp"

namespace inhaul::ledger {
namespace {

using namespace deployment;

/// The data of a state besides its name, target and rollback.
struct Carried {
    StateColumns& columns;

    void operator()(const Building& state) const { columns.restart = state.restart_needed; }
    void operator()(const Switching& state) const { columns.restart = state.restart_needed; }
    void operator()(const Restarting& state) const { columns.invocation = state.invocation_before; }
    void operator()(const Probing& state) const { columns.invocation = state.invocation; }
    void operator()(const Succeeded& state) const {
        if (!state.verified) columns.restart = false;
    }
    void operator()(const Refused& state) const {
        columns.gate = state.gate;
        columns.gate_reason = state.reason;
    }
    void operator()(const Failed& state) const { columns.cause = state.cause; }
    void operator()(const Concluding& state) const {
        std::visit(*this, state.end);
        if (const auto* const failed = std::get_if<Failed>(&state.end))
            columns.bad = failed->cleared_commit;
        columns.restart = state.settles;
    }
    template <class Other>
    void operator()(const Other& /*state*/) const {}
};

/// States past the switch, and states of a rollback.
std::optional<State> state_past_the_switch(const deployment::Step& step, const CommitId& target,
                                           const StateColumns& columns) {
    const bool back = step.in_rollback;
    if (back != columns.bad.has_value() || back != columns.cause.has_value()) return std::nullopt;
    const auto rollback =
        back ? MaybeRollback{Rollback{*columns.bad, *columns.cause}} : MaybeRollback{};
    if (step.stage == Stage::switching && columns.restart)
        return Switching{target, *columns.restart, rollback};
    if (step.stage == Stage::activating) return Activating{target, rollback};
    if (step.stage == Stage::restarting && columns.invocation)
        return Restarting{target, *columns.invocation, rollback};
    if (step.stage == Stage::probing && columns.invocation)
        return Probing{target, *columns.invocation, rollback};
    if (step.stage == Stage::finishing) return Finishing{target, rollback};
    return std::nullopt;
}

std::optional<State> state_with_target(const deployment::Step& step, const CommitId& target,
                                       const StateColumns& columns) {
    if (step.stage == Stage::checking) return Checking{target};
    if (step.stage == Stage::building && columns.restart) return Building{target, *columns.restart};
    if (step.stage == Stage::succeeded) return Succeeded{target, columns.restart.value_or(true)};
    if (step.stage == Stage::rolled_back && columns.bad && columns.cause)
        return RolledBack{target, {*columns.bad, *columns.cause}};
    return state_past_the_switch(step, target, columns);
}

/// Returns the state in which the `after` hooks run before Failed or Refused. `restart` tells
/// whether that end sets the processed head. `bad` is the commit that did not cause the failure.
std::optional<State> concluding_from(const StateColumns& columns) {
    if (!columns.restart) return std::nullopt;
    if (columns.gate && columns.gate_reason)
        return Concluding{Refused{*columns.gate, *columns.gate_reason}, *columns.restart};
    if (columns.cause) return Concluding{Failed{*columns.cause, columns.bad}, *columns.restart};
    return std::nullopt;
}

}  // namespace

StateColumns columns_of(const State& state) {
    StateColumns columns;
    columns.name = name_of(state);
    columns.target = target_of(state);
    if (const auto* rollback = rollback_of(state)) {
        columns.bad = rollback->bad;
        columns.cause = rollback->cause;
    }
    std::visit(Carried{columns}, state);
    return columns;
}

std::optional<State> state_from(const StateColumns& columns) {
    const auto step = deployment::step_named(columns.name);
    if (!step) return std::nullopt;
    if (columns.target) return state_with_target(*step, *columns.target, columns);
    if (step->stage == Stage::planned) return Planned{};
    if (step->stage == Stage::fetching) return Fetching{};
    if (step->stage == Stage::concluding) return concluding_from(columns);
    if (step->stage == Stage::failed && columns.cause) return Failed{*columns.cause};
    if (step->stage == Stage::refused && columns.gate && columns.gate_reason)
        return Refused{*columns.gate, *columns.gate_reason};
    return std::nullopt;  // an unchanged or held one leaves no row
}

}  // namespace inhaul::ledger
