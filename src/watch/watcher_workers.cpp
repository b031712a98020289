// SPDX-License-Identifier: Apache-2.0
#include "watcher_state.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <inhaul/watch/schedule.hpp>

// When the watcher starts a worker, and the consequences of its end.

namespace inhaul::watch {
namespace {

/// The wait for another process that deploys the app. It may take minutes, and the forge may allow
/// fewer requests: no poll belongs to it.
constexpr Milliseconds locked_wait{10'000};

}  // namespace

/// Reads how the deployment of the head ended, by this agent or by others.
void Watcher::State::refresh_ended(App& app) {
    constexpr std::size_t enough = 20;
    const auto& name = app.settings.app;
    const auto last = ports.deployments.history(name, 1);
    if (!last) return;
    const bool settled = last->empty() || last->front().finished;
    const App::EndedFrom from{last->empty() ? 0 : last->front().number, app.poll_state.head,
                              app.poll_state.processed_head};
    if (settled && app.ended_from == from) return;
    const auto live = ports.live.live(name);
    const auto newest = ports.deployments.history(name, enough);
    if (!live || !newest) return;
    app.ended_from = settled ? std::optional{from} : std::nullopt;
    app.ended.clear();
    if (const auto* bad = ledger::ended_badly(*newest, app.poll_state, *live)) {
        const auto* rollback = deployment::rollback_of(bad->state);
        const auto commit = rollback != nullptr ? rollback->bad : bad->to;
        app.ended = fmt::format("{} {}", commit ? commit->short_form() : "the head",
                                deployment::name_of(bad->state));
    } else if (live->switch_incomplete) {
        app.ended = "switch interrupted";
    } else if (app.poll_state.head && !due(app.poll_state) && live->tree != app.poll_state.head) {
        app.ended = live->tree ? live->tree->short_form() + " was chosen by an operator"
                               : std::string{"nothing is live"};
    }
}

/// Returns how long a deployment is useless: an operator has paused the app, or a gate demands a
/// wait. Reads it each time, since an operator may end the pause.
std::optional<Milliseconds> Watcher::State::held_for(const App& app) {
    const auto restrictions = ports.restrictions.restrictions(app.settings.app);
    if (!restrictions) return std::nullopt;
    const auto now = ports.clock.now();
    if (const auto& pause = restrictions->pause)
        return pause->until ? *pause->until - now : app.interval;
    const auto& hold = restrictions->hold;
    if (!app.hold_counts || !hold || hold->commit != app.poll_state.head) return std::nullopt;
    if (!hold->until || *hold->until <= now) return std::nullopt;
    return *hold->until - now;
}

void Watcher::State::start_worker(App& app) {
    app.phase = Phase::working;
    if (app.resuming) {
        observer(app.settings.app, Happened::deploying);
        return ports.workers.resume(
            app.settings, once ? Trigger::once : Trigger::poll,
            [this, name = app.settings.app, generation = app.generation](ExitCode code) {
                if (auto* const still = find(name, generation)) resume_ended(*still, code);
            });
    }
    app.hold_counts = true;
    const auto event_or_poll =
        std::exchange(app.event_pending, false) ? Trigger::relay : Trigger::poll;
    const auto trigger = once ? Trigger::once : event_or_poll;
    // A worker that cannot be started ends at once.
    observer(app.settings.app, Happened::deploying);
    ports.workers.start(
        app.settings, *app.poll_state.head, trigger,
        trigger == Trigger::relay ? std::exchange(app.delivery, {}) : std::string{},
        [this, name = app.settings.app, generation = app.generation](ExitCode code) {
            if (auto* const still = find(name, generation)) worker_ended(*still, code);
        });
}

void Watcher::State::worker_ended(App& app, ExitCode code) {
    refresh_heads(app);
    refresh_ended(app);
    observer(app.settings.app, Happened::deployed);
    if (once) return finish_once(app, code);
    if (!due(app.poll_state)) {
        app.poll_state.undecided = 0;
        // A push may have come during the deployment: poll at once.
        schedule(app, ports.clock.now());
    } else if (const auto wait = held_for(app); code == ExitCode::refused && wait) {
        schedule(app, std::min(ports.clock.now() + app.interval, ports.clock.now() + *wait));
    } else if (code == ExitCode::locked) {
        app.phase = Phase::waiting;
        app.retry = ports.clock.steady() + locked_wait;
    } else {
        app.poll_state =
            after_undecided(std::move(app.poll_state), app.interval, ports.clock.now(), jitter);
        schedule(app, *app.poll_state.next_poll);
    }
    store(app);
}

/// Returns true if the process of a deployment died after it had changed something. Call
/// refresh_ended() before.
bool Watcher::State::interrupted(const App& app) {
    if (app.ended_from) return false;  // no deployment is unfinished
    const auto unfinished = ports.deployments.unfinished(app.settings.app);
    return unfinished && *unfinished && !ledger::starts_again(**unfinished) &&
           !ports.workers.deploying(app.settings.app);
}

/// Neither a poll nor an operator's pause may delay it: the directory may be half written.
void Watcher::State::resume(App& app) {
    app.phase = Phase::due;
    app.resuming = true;
}

void Watcher::State::resume_ended(App& app, ExitCode code) {
    app.resuming = false;
    refresh_heads(app);
    refresh_ended(app);
    observer(app.settings.app, Happened::deployed);
    if (code != ExitCode::done && once) return finish_once(app, code);
    if (code == ExitCode::done || !interrupted(app)) return schedule(app, ports.clock.now());
    app.poll_state =
        after_undecided(std::move(app.poll_state), app.interval, ports.clock.now(), jitter);
    schedule(app, *app.poll_state.next_poll);
    store(app);
}

/// The other process may have deployed the head. A server may have demanded a wait meanwhile, an
/// operator or a gate too.
void Watcher::State::retry_worker(App& app) {
    app.retry.reset();
    refresh_heads(app);
    refresh_ended(app);
    if (!due(app.poll_state)) {
        app.poll_state.undecided = 0;
        return store(app);
    }
    if (must_wait(app)) return;
    if (const auto wait = held_for(app)) {
        app.retry = ports.clock.steady() + std::max(*wait, locked_wait);
        return;
    }
    app.phase = Phase::due;
}

}  // namespace inhaul::watch
