#include <inhaul/deployment.hpp>
#include <inhaul/verdict.hpp>

namespace inhaul::deployment {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

State ended(const CommitId& target, const Back& back) {
    if (back) return RolledBack{target, *back};
    return Succeeded{target};
}

State failed_on_the_way_back(const CommitId& target, const WayBack& back, const Faulted& event) {
    auto error = event.cause.within("roll back to " + target.short_form());
    error.message +=
        "; it was rolled back since " + back.bad.short_form() + " failed: " + back.cause.message;
    const bool acquits = event.same_step && judges_commit(event.cause) && back.bad != target;
    return Failed{std::move(error), acquits ? std::optional{back.bad} : std::nullopt};
}

/// After the switch a fault leads back where there is something to go back to.
template <class S>
State faulted(const S& state, const Faulted& event) {
    if (state.back) return failed_on_the_way_back(state.target, *state.back, event);
    if (!event.good || (*event.good == state.target && !event.earlier_build))
        return Failed{event.cause};
    return Switching{*event.good, true, WayBack{state.target, event.cause}};
}

/// One overload a line of the table; what no line names is a defect of the caller's.
struct Table {
    State operator()(const Planned& /*state*/, const Begun& /*event*/) const { return Fetching{}; }
    State operator()(const Fetching& /*state*/, const Fetched& event) const {
        return Checking{event.target};
    }
    State operator()(const Checking& state, const Compared& event) const {
        if (event.switch_needed && event.apart) return Building{state.target, event.renew};
        if (event.switch_needed) return Switching{state.target, event.renew};
        if (!event.renew) return Unchanged{state.target};
        if (event.hooks) return Activating{state.target};
        return Restarting{state.target, event.invocation};
    }
    State operator()(const Checking& /*state*/, const BadIsLive& event) const {
        return Switching{event.good, true, event.why};
    }
    State operator()(const Building& state, const Built& /*event*/) const {
        return Switching{state.target, state.renew};
    }
    State operator()(const Switching& state, const Switched& event) const {
        if (!state.renew) return ended(state.target, state.back);
        if (event.hooks) return Activating{state.target, state.back};
        return Restarting{state.target, event.invocation, state.back};
    }
    State operator()(const Activating& state, const Activated& event) const {
        return Restarting{state.target, event.invocation, state.back};
    }
    State operator()(const Restarting& state, const Restarted& event) const {
        return Probing{state.target, event.invocation, state.back};
    }
    State operator()(const Restarting& state, const NothingRuns& /*event*/) const {
        if (state.back) return RolledBack{state.target, *state.back};
        return Succeeded{state.target, false};
    }
    State operator()(const Probing& state, const Healthy& event) const {
        if (event.hooks) return Finishing{state.target, state.back};
        return ended(state.target, state.back);
    }
    State operator()(const Finishing& state, const Finished& /*event*/) const {
        return ended(state.target, state.back);
    }

    State operator()(const Planned& /*state*/, const GateHolds& event) const { return event.what; }
    State operator()(const Planned& /*state*/, const GateRefuses& event) const {
        return event.what;
    }
    State operator()(const Checking& /*state*/, const GateHolds& event) const { return event.what; }
    State operator()(const Checking& /*state*/, const GateRefuses& event) const {
        return event.what;
    }
    // A commit that turns out to be one that cannot be written.
    State operator()(const Building& /*state*/, const GateRefuses& event) const {
        return event.what;
    }
    State operator()(const Switching& state, const GateRefuses& event) const {
        if (!state.back) return event.what;
        return faulted(state, {Error{ErrorCode::refused, event.what.reason}});
    }

    State operator()(const Switching& state, const Faulted& event) const {
        return faulted(state, {event.cause});  // it is not the commit's fault
    }
    State operator()(const Activating& state, const Faulted& event) const {
        return faulted(state, event);
    }
    State operator()(const Restarting& state, const Faulted& event) const {
        return faulted(state, event);
    }
    State operator()(const Probing& state, const Faulted& event) const {
        return faulted(state, event);
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
           std::holds_alternative<Held>(state) || std::holds_alternative<Refused>(state) ||
           std::holds_alternative<RolledBack>(state) || std::holds_alternative<Failed>(state);
}

std::string_view name_of(const State& state) {
    return std::visit(
        Overloaded{
            [](const Planned&) { return "planned"; },
            [](const Fetching&) { return "fetching"; },
            [](const Checking&) { return "checking"; },
            [](const Building&) { return "building"; },
            [](const Switching& s) { return s.back ? "switching-back" : "switching"; },
            [](const Activating& s) { return s.back ? "activating-back" : "activating"; },
            [](const Restarting& s) { return s.back ? "restarting-back" : "restarting"; },
            [](const Probing& s) { return s.back ? "probing-back" : "probing"; },
            [](const Finishing& s) { return s.back ? "finishing-back" : "finishing"; },
            [](const Succeeded&) { return "succeeded"; },
            [](const Unchanged&) { return "unchanged"; },
            [](const Held&) { return "held"; },
            [](const Refused&) { return "refused"; },
            [](const RolledBack&) { return "rolled-back"; },
            [](const Failed&) { return "failed"; },
        },
        state);
}

std::optional<CommitId> target_of(const State& state) {
    using Target = std::optional<CommitId>;
    return std::visit(
        [](const auto& s) {
            if constexpr (requires { s.target; }) {
                return Target{s.target};
            } else if constexpr (requires { s.commit; }) {
                return Target{s.commit};
            } else {
                return Target{};
            }
        },
        state);
}

const WayBack* way_back_of(const State& state) {
    return std::visit(
        [](const auto& s) -> const WayBack* {
            if constexpr (requires { s.back; }) {
                return s.back ? &*s.back : nullptr;
            } else if constexpr (requires { s.why; }) {
                return &s.why;
            } else {
                return nullptr;
            }
        },
        state);
}

bool tree_untouched(const State& state) {
    return std::holds_alternative<Planned>(state) || std::holds_alternative<Fetching>(state) ||
           std::holds_alternative<Checking>(state) || std::holds_alternative<Building>(state);
}

State resumed(const State& found, unsigned resumptions, const std::optional<CommitId>& good) {
    if (is_final(found)) return found;
    const auto most = way_back_of(found) != nullptr ? 2 * max_resumptions : max_resumptions;
    if (resumptions > most)
        return transition(
            found, Faulted{Error{ErrorCode::failed,
                                 "given up: the deployment died " + std::to_string(resumptions) +
                                     " times, the last time while " + std::string{name_of(found)},
                                 "Look in the log for what ended it.", true},
                           good});
    if (tree_untouched(found)) return Planned{};
    return found;
}

}  // namespace inhaul::deployment
