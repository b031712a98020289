#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "deployment.hpp"
#include "facts.hpp"

// What leads to the commit's files, and what stands against them.

namespace inhaul::deploy {

using namespace deployment;

Result<Event> Deployment::refused_or_faulted(const Error& error) {
    const auto verdict = TRY(checkout_verdict(fail(error)));
    return GateRefuses{std::get<Refused>(verdict)};
}

/// Whatever can be found to stand against it is found now, while everything is as it was.
Result<void> Deployment::prepare_switch(const CommitId& target) {
    TRY(ports_.fetcher.fetch_submodules(target, progress_));
    return ports_.tree.check_switch(target);
}

/// A release that fails here was never live: that is all. One that was built is not built again,
/// unless a person wants it: then beside the other one, which may be running.
Result<Event> Deployment::act_on(const Building& state) {
    auto& releases = ports_.releases;
    const auto made = releases.prepare(state.target, request_.again);
    if (!made)
        return refused_or_faulted(
            made.error().within(fmt::format("create the release {}", state.target.short_form())));
    if (TRY(releases.is_built(state.target))) return Built{};
    TRY(run_hook(Hook::build, state.target, {}));
    if (ports_.hooks.has(Hook::build)) adopt_edits(state.target);
    TRY(releases.note_built(state.target));
    return Built{};
}

/// Django's collectstatic, Python's bytecode, make and rsync compare times by whole seconds. What
/// was made of the files before, by a hook of this deployment or of the last one, may not pass for
/// as new as those that are written now.
Result<void> Deployment::wait_for_a_later_second() const {
    constexpr std::array all{Hook::build, Hook::activate, Hook::after};
    const bool has_hooks =
        std::any_of(all.begin(), all.end(), [&](Hook hook) { return ports_.hooks.has(hook); });
    // The files of a release are in a directory of their own, and written before.
    if (!has_hooks || ports_.releases.apart()) return {};
    const auto made = hooks_ended_ ? hooks_ended_ : TRY(ports_.live.live(settings_.app)).since;
    const auto now = ports_.clock.now();
    const auto second = std::chrono::floor<Seconds>(now);
    if (made && std::chrono::floor<Seconds>(*made) == second)
        ports_.clock.wait(second + Seconds{1} - now);
    return {};
}

Result<Event> Deployment::act_on(const Switching& state) {
    // Those of a commit that inhaul found there may never have been.
    if (state.rollback) TRY(ports_.fetcher.fetch_submodules(state.target, progress_));
    if (state.rollback && state.rollback->bad == state.target)
        TRY(ports_.releases.drop_build(state.target));
    // Since the last switch, or since one was cut short, somebody may have edited something.
    if (state.rollback || resumed_) TRY(save_edits(state.target));
    TRY(wait_for_a_later_second());
    const auto switched = ports_.tree.switch_to(state.target);
    if (!switched)
        return refused_or_faulted(
            switched.error().within(fmt::format("switch to {}", state.target.short_form())));
    if (settings_.stamp) {
        const bool written =
            TRY_WITHIN("write the stamp",
                       ports_.tree.write_stamp(*settings_.stamp, state.target, ports_.clock.now()));
        if (!written)
            note(fmt::format("no stamp written: the commit contains a file {}",
                             settings_.stamp->string()));
    }
    if (!state.restart_needed) return Switched{};
    if (hooks_before_restart(app_facts(settings_, ports_))) return Switched{true, {}};
    return Switched{false, TRY(ports_.service.invocation())};
}

}  // namespace inhaul::deploy
