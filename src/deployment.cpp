// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deployment.hpp>

#include <array>

#include <inhaul/fault.hpp>
#include <inhaul/util/names.hpp>

namespace inhaul::deployment {
namespace {

constexpr std::array step_names{
    Named{Step{Stage::planned}, "planned"},
    Named{Step{Stage::fetching}, "fetching"},
    Named{Step{Stage::checking}, "checking"},
    Named{Step{Stage::building}, "building"},
    Named{Step{Stage::switching}, "switching"},
    Named{Step{Stage::switching, true}, "switching-back"},
    Named{Step{Stage::activating}, "activating"},
    Named{Step{Stage::activating, true}, "activating-back"},
    Named{Step{Stage::restarting}, "restarting"},
    Named{Step{Stage::restarting, true}, "restarting-back"},
    Named{Step{Stage::probing}, "probing"},
    Named{Step{Stage::probing, true}, "probing-back"},
    Named{Step{Stage::finishing}, "finishing"},
    Named{Step{Stage::finishing, true}, "finishing-back"},
    Named{Step{Stage::concluding}, "concluding"},
    Named{Step{Stage::succeeded}, "succeeded"},
    Named{Step{Stage::unchanged}, "unchanged"},
    Named{Step{Stage::held}, "held"},
    Named{Step{Stage::refused}, "refused"},
    Named{Step{Stage::rolled_back}, "rolled-back"},
    Named{Step{Stage::failed}, "failed"},
};

State ended(const CommitId& target, const MaybeRollback& rollback) {
    if (rollback) return RolledBack{target, *rollback};
    return Succeeded{target};
}

State failed_rolling_back(const CommitId& target, const Rollback& rollback, const Faulted& event) {
    auto error = event.cause.within("roll back to " + target.short_form());
    const auto bad = rollback.bad.short_form();
    error.message +=
        event.cause.message == rollback.cause.message
            ? "; " + bad + " failed in the same way"
            : "; the cause of the rollback: " + bad + " failed: " + rollback.cause.message;
    const bool clears = event.same_step && is_commit_fault(event.cause) && rollback.bad != target;
    return Failed{std::move(error), clears ? std::optional{rollback.bad} : std::nullopt};
}

/// After the switch a fault causes a rollback if there is a rollback target.
template <class S>
State faulted(const S& state, const Faulted& event) {
    if (state.rollback) return failed_rolling_back(state.target, *state.rollback, event);
    if (!event.last_known_good || (*event.last_known_good == state.target && !event.earlier_build))
        return Failed{event.cause};
    return Switching{*event.last_known_good, true, Rollback{state.target, event.cause}};
}

State end_of(const Concluding& state) {
    return std::visit([](const auto& end) { return State{end}; }, state.end);
}

/// One overload per line of the table. Any other combination is a bug of the caller.
struct Table {
    State operator()(const Planned& /*state*/, const Begun& /*event*/) const { return Fetching{}; }
    State operator()(const Fetching& /*state*/, const Fetched& event) const {
        return Checking{event.target};
    }
    State operator()(const Checking& state, const Compared& event) const {
        if (event.switch_needed && event.release_directories)
            return Building{state.target, event.restart_needed};
        if (event.switch_needed) return Switching{state.target, event.restart_needed};
        if (!event.restart_needed) return Unchanged{state.target};
        if (event.hooks) return Activating{state.target};
        return Restarting{state.target, event.invocation};
    }
    State operator()(const Checking& /*state*/, const BadIsLive& event) const {
        return Switching{event.last_known_good, true, event.why};
    }
    State operator()(const Building& state, const Built& /*event*/) const {
        return Switching{state.target, state.restart_needed};
    }
    State operator()(const Switching& state, const Switched& event) const {
        if (!state.restart_needed && event.after) return Finishing{state.target, state.rollback};
        if (!state.restart_needed) return ended(state.target, state.rollback);
        if (event.hooks) return Activating{state.target, state.rollback};
        return Restarting{state.target, event.invocation, state.rollback};
    }
    State operator()(const Activating& state, const Activated& event) const {
        return Restarting{state.target, event.invocation, state.rollback};
    }
    State operator()(const Restarting& state, const Restarted& event) const {
        return Probing{state.target, event.invocation, state.rollback};
    }
    State operator()(const Restarting& state, const NothingRuns& /*event*/) const {
        if (state.rollback) return RolledBack{state.target, *state.rollback};
        return Succeeded{state.target, false};
    }
    State operator()(const Probing& state, const Healthy& event) const {
        if (event.hooks) return Finishing{state.target, state.rollback};
        return ended(state.target, state.rollback);
    }
    State operator()(const Finishing& state, const Finished& /*event*/) const {
        return ended(state.target, state.rollback);
    }

    State operator()(const Concluding& state, const Finished& /*event*/) const {
        return end_of(state);
    }
    State operator()(const Concluding& state, const Faulted& /*event*/) const {
        return end_of(state);
    }

    State operator()(const Planned& /*state*/, const GateHolds& event) const { return event.what; }
    State operator()(const Planned& /*state*/, const GateRefuses& event) const {
        return event.what;
    }
    State operator()(const Checking& /*state*/, const GateHolds& event) const { return event.what; }
    State operator()(const Checking& /*state*/, const GateRefuses& event) const {
        return event.what;
    }
    // The commit turns out to be unwritable.
    State operator()(const Building& /*state*/, const GateRefuses& event) const {
        return event.what;
    }
    State operator()(const Switching& state, const GateRefuses& event) const {
        if (!state.rollback) return event.what;
        return faulted(state, {Error{ErrorCode::refused, event.what.reason}});
    }

    State operator()(const Switching& state, const Faulted& event) const {
        return faulted(state, {event.cause});  // the commit is not to blame
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
        return Failed{Error{ErrorCode::internal, std::string{"impossible event while "} +
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

std::optional<Concluding> concluding(const State& end, bool settles) {
    if (const auto* refused = std::get_if<Refused>(&end)) return Concluding{*refused, settles};
    if (const auto* failed = std::get_if<Failed>(&end)) return Concluding{*failed, settles};
    return std::nullopt;
}

Step step_of(const State& state) {
    static_assert(std::variant_size_v<State> == static_cast<std::size_t>(Stage::failed) + 1);
    const bool ended = std::holds_alternative<RolledBack>(state);
    return {static_cast<Stage>(state.index()), rollback_of(state) != nullptr && !ended};
}

std::string_view name_of(const Step& step) {
    return name_in(step_names, step, "");
}

std::string_view name_of(const State& state) {
    return name_of(step_of(state));
}

std::optional<Step> step_named(std::string_view name) {
    return value_in(step_names, name);
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

const Rollback* rollback_of(const State& state) {
    return std::visit(
        [](const auto& s) -> const Rollback* {
            if constexpr (requires { s.rollback; }) {
                return s.rollback ? &*s.rollback : nullptr;
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

State resumed(const State& found, unsigned resumptions,
              const std::optional<CommitId> last_known_good) {
    if (is_final(found)) return found;
    const auto most = rollback_of(found) != nullptr ? 2 * max_resumptions : max_resumptions;
    if (resumptions > most)
        return transition(
            found,
            Faulted{
                Error{ErrorCode::failed,
                      "gave up: the deployment's process ended unexpectedly " +
                          std::to_string(resumptions) + " times, the last time while " +
                          std::string{name_of(found)},
                      "To find the reason, run: sudo journalctl -t inhaul -t kernel --since -1h",
                      true},
                last_known_good});
    if (tree_untouched(found)) return Planned{};
    return found;
}

}  // namespace inhaul::deployment
