// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "deployment.hpp"
#include "facts.hpp"

// The steps that write the commit's files, and the checks before them.

namespace inhaul::deploy {

using namespace deployment;

/// A release that fails here was never live. A release that is built already is not built again,
/// unless an operator requests it. The new build gets a directory of its own, because the service
/// may run the old build.
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

/// Django's collectstatic, Python's bytecode, make and rsync compare times by whole seconds. The
/// output of an earlier hook, made from the old files, must be older than the files written now.
Result<void> Deployment::wait_for_a_later_second() const {
    constexpr std::array all{Hook::build, Hook::activate, Hook::after};
    const bool has_hooks =
        std::any_of(all.begin(), all.end(), [&](Hook hook) { return ports_.hooks.has(hook); });
    // The files of a release are in a separate directory, and were written before.
    if (!has_hooks || ports_.releases.uses_release_directories()) return {};
    const auto made = hooks_ended_ ? hooks_ended_ : TRY(ports_.live.live(settings_.app)).since;
    const auto now = ports_.clock.now();
    const auto second = std::chrono::floor<Seconds>(now);
    if (made && std::chrono::floor<Seconds>(*made) == second)
        ports_.clock.wait(second + Seconds{1} - now);
    return {};
}

Result<Event> Deployment::act_on(const Switching& state) {
    // The submodules of an adopted commit may never have been fetched.
    if (state.rollback) TRY(ports_.fetcher.fetch_submodules(state.target, progress_));
    if (state.rollback && state.rollback->bad == state.target)
        TRY(ports_.releases.drop_build(state.target));
    // A user may have edited files since the last, or an interrupted, switch.
    if (state.rollback || resumed_) TRY(save_edits(state.target));
    TRY(wait_for_a_later_second());
    const auto switched = ports_.tree.switch_to(state.target);
    if (!switched) {
        auto error =
            switched.error().within(fmt::format("switch to {}", state.target.short_form()));
        // The check finds the cause and its hint. Before a rollback it was not run.
        if (error.hint.empty())
            if (const auto checked = ports_.tree.check_switch(state.target); !checked)
                error.hint = checked.error().hint;
        return refused_or_faulted(error);
    }
    if (settings_.stamp) {
        const bool written =
            TRY_WITHIN("write the stamp",
                       ports_.tree.write_stamp(*settings_.stamp, state.target, ports_.clock.now()));
        if (!written)
            note(fmt::format("no stamp written: the commit contains a file {}",
                             settings_.stamp->string()));
    }
    if (!state.restart_needed) return Switched{false, {}, ports_.hooks.has(Hook::after)};
    if (hooks_before_restart(app_traits(ports_))) return Switched{true, {}};
    return Switched{false, TRY(ports_.service.invocation())};
}

}  // namespace inhaul::deploy
