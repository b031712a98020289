#include "states.hpp"

namespace inhaul::ledger {
namespace {

using namespace deployment;

/// What a state carries besides its name and target.
struct Carried {
    StateColumns& columns;

    void operator()(const Planned& /*state*/) const {}
    void operator()(const Fetching& /*state*/) const {}
    void operator()(const Checking& /*state*/) const {}
    void operator()(const Switching& state) const { columns.restart = state.restart; }
    void operator()(const Restarting& state) const { columns.invocation = state.invocation_before; }
    void operator()(const Probing& state) const { columns.invocation = state.invocation; }
    void operator()(const Succeeded& /*state*/) const {}
    void operator()(const Unchanged& /*state*/) const {}
    void operator()(const Failed& state) const { columns.cause = state.cause; }
};

std::optional<State> state_with_target(const std::string& name, const CommitId& target,
                                       const StateColumns& columns) {
    if (name == "checking") return Checking{target};
    if (name == "switching" && columns.restart) return Switching{target, *columns.restart};
    if (name == "restarting" && columns.invocation) return Restarting{target, *columns.invocation};
    if (name == "probing" && columns.invocation) return Probing{target, *columns.invocation};
    if (name == "succeeded") return Succeeded{target};
    return std::nullopt;  // an unchanged one leaves no row
}

}  // namespace

StateColumns columns_of(const State& state) {
    StateColumns columns{std::string{name_of(state)}, target_of(state), {}, {}, {}};
    std::visit(Carried{columns}, state);
    return columns;
}

std::optional<State> state_from(const StateColumns& columns) {
    if (columns.target) return state_with_target(columns.name, *columns.target, columns);
    if (columns.name == "planned") return Planned{};
    if (columns.name == "fetching") return Fetching{};
    if (columns.name == "failed" && columns.cause) return Failed{*columns.cause};
    return std::nullopt;
}

}  // namespace inhaul::ledger
