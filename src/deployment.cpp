#include <inhaul/deployment.hpp>

namespace inhaul::deployment {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

/// One overload a line of the table; what no line names is a defect of the caller's.
struct Table {
    State operator()(const Planned& /*state*/, const Begun& /*event*/) const { return Fetching{}; }
    State operator()(const Fetching& /*state*/, const Fetched& event) const {
        return Checking{event.target};
    }
    State operator()(const Checking& state, const Compared& event) const {
        if (event.switch_needed) return Switching{state.target, event.restart_needed};
        if (event.restart_needed) return Restarting{state.target, event.invocation};
        return Unchanged{state.target};
    }
    State operator()(const Switching& state, const Switched& event) const {
        if (!state.restart) return Succeeded{state.target};
        return Restarting{state.target, event.invocation};
    }
    State operator()(const Restarting& state, const Restarted& event) const {
        return Probing{state.target, event.invocation};
    }
    State operator()(const Probing& state, const Healthy& /*event*/) const {
        return Succeeded{state.target};
    }

    template <class Any>
    State operator()(const Any& /*state*/, const Faulted& event) const {
        return Failed{event.cause};
    }
    template <class Any, class Other>
    State operator()(const Any& state, const Other& /*event*/) const {
        return Failed{Error{ErrorCode::internal, std::string{"an event that cannot happen while "} +
                                                     std::string{name_of(State{state})}}};
    }
};

}  // namespace

State transition(const State& state, const Event& event) {
    if (is_final(state)) return state;
    return std::visit(Table{}, state, event);
}

bool is_final(const State& state) {
    return std::holds_alternative<Succeeded>(state) || std::holds_alternative<Unchanged>(state) ||
           std::holds_alternative<Failed>(state);
}

std::string_view name_of(const State& state) {
    return std::visit(Overloaded{
                          [](const Planned&) { return "planned"; },
                          [](const Fetching&) { return "fetching"; },
                          [](const Checking&) { return "checking"; },
                          [](const Switching&) { return "switching"; },
                          [](const Restarting&) { return "restarting"; },
                          [](const Probing&) { return "probing"; },
                          [](const Succeeded&) { return "succeeded"; },
                          [](const Unchanged&) { return "unchanged"; },
                          [](const Failed&) { return "failed"; },
                      },
                      state);
}

std::optional<CommitId> target_of(const State& state) {
    using Target = std::optional<CommitId>;
    return std::visit(Overloaded{
                          [](const Planned&) { return Target{}; },
                          [](const Fetching&) { return Target{}; },
                          [](const Failed&) { return Target{}; },
                          [](const Succeeded& s) { return Target{s.commit}; },
                          [](const Unchanged& s) { return Target{s.commit}; },
                          [](const auto& s) { return Target{s.target}; },
                      },
                      state);
}

bool tree_untouched(const State& state) {
    return std::holds_alternative<Planned>(state) || std::holds_alternative<Fetching>(state) ||
           std::holds_alternative<Checking>(state);
}

State resumed(const State& found, unsigned resumptions) {
    if (is_final(found)) return found;
    if (resumptions > max_resumptions)
        return Failed{Error{ErrorCode::failed,
                            "given up: the deployment died " + std::to_string(resumptions) +
                                " times, the last time while " + std::string{name_of(found)},
                            "Look in the log for what ended it, then run `inhaul deploy APP`."}};
    if (tree_untouched(found)) return Planned{};
    return found;
}

}  // namespace inhaul::deployment
