// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/watcher.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/watch/schedule.hpp>

#include "watcher_state.hpp"

namespace inhaul::watch {
namespace {

/// Polls and workers that run at a time: GitHub demands few requests, a small server has little
/// memory.
constexpr std::size_t max_polls = 8;
constexpr std::size_t max_workers = 2;

/// The number of apps in a state, and the reason of the first.
struct Some {
    std::string_view state;
    std::string first;
    std::size_t count = 0;

    void add(const AppName& app, std::string_view reason) {
        if (count++ == 0) first = fmt::format("{}: {}", app.text(), reason);
    }
    [[nodiscard]] std::string text() const {
        return count == 0 ? std::string{} : fmt::format(", {} {} ({})", count, state, first);
    }
};

}  // namespace

Watcher::Watcher(Ports ports, std::uint64_t seed) : state_(std::make_unique<State>(ports, seed)) {}
Watcher::~Watcher() = default;

Result<void> Watcher::set_apps(std::vector<Settings> settings) {
    std::map<AppName, App> next;
    std::vector<AppName> unchanged;
    for (auto& wanted : settings) {
        const auto name = wanted.app;
        if (const auto old = state_->apps.find(name);
            old != state_->apps.end() && old->second.settings.hash == wanted.hash) {
            unchanged.push_back(name);
            continue;
        }
        App app{.settings = std::move(wanted)};
        app.generation = ++state_->generations;
        app.poll_state = TRY(state_->ports.polls.poll_state(name));
        app.budget = state_->ports.forge.budget(app.settings);
        state_->refresh_ended(app);
        // Before the first poll, which a limit of the server may delay.
        if (state_->interrupted(app)) state_->resume(app);
        next.emplace(name, std::move(app));
    }
    // From here on nothing fails. After a failure, the watcher continues with its earlier apps.
    // Without a change, the ssh sessions stay open: each costs a handshake.
    const bool changed = !next.empty() || unchanged.size() < state_->apps.size();
    if (changed) state_->ports.forge.reset();
    for (const auto& name : unchanged)
        next.insert(state_->apps.extract(name));
    state_->apps = std::move(next);
    state_->set_intervals();
    for (auto& [name, app] : state_->apps) {
        if (app.phase != Phase::waiting) continue;
        const auto before = app.wake;
        state_->wake_at(app, first_poll(app.poll_state, settings_hash_of(app), app.interval,
                                        state_->ports.clock.now(), state_->jitter));
        // An event may have brought the poll of an unchanged app forward.
        const bool known = std::find(unchanged.begin(), unchanged.end(), name) != unchanged.end();
        if (known) app.wake = std::min(app.wake, before);
    }
    return {};
}

void Watcher::observe(Observer observer) {
    state_->observer = std::move(observer);
}

void Watcher::tick() {
    if (state_->stopping) return;
    const auto now = state_->ports.clock.steady();
    for (auto& [name, app] : state_->apps) {
        if (app.phase != Phase::waiting) continue;
        if (app.wake <= now && state_->count(Phase::polling) < max_polls)
            state_->poll(app);
        else if (app.retry && *app.retry <= now)
            state_->retry_worker(app);
    }
    for (auto& [name, app] : state_->apps)
        if (app.phase == Phase::due && state_->count(Phase::working) < max_workers)
            state_->start_worker(app);
}

std::optional<SteadyPoint> Watcher::next_wake() const {
    std::optional<SteadyPoint> soonest;
    if (state_->stopping) return soonest;
    const bool may_poll = state_->count(Phase::polling) < max_polls;
    const bool may_work = state_->count(Phase::working) < max_workers;
    const auto consider = [&](SteadyPoint at) { soonest = soonest ? std::min(*soonest, at) : at; };
    for (const auto& [name, app] : state_->apps) {
        if (app.phase == Phase::waiting && may_poll) consider(app.wake);
        if (app.phase == Phase::waiting && app.retry) consider(*app.retry);
        if (app.phase == Phase::due && may_work) consider(state_->ports.clock.steady());
    }
    return soonest;
}

void Watcher::notify(const AppName& name, const PushNotice& notice) {
    const auto found = state_->apps.find(name);
    if (found == state_->apps.end()) return;
    auto& app = found->second;
    // An unsigned event must not shorten a backoff.
    if (!notice.genuine && (app.poll_state.failures > 0 || app.poll_state.undecided > 0)) return;
    app.event_pending = true;
    app.delivery = notice.delivery;
    if (notice.genuine && notice.after && notice.after != app.poll_state.head) {
        app.awaited = notice;
        app.times_awaited = 0;
    }
    const auto spacing = state_->spacing(app, notice.genuine);
    const auto delay = part_of(app.settings.poll_spread, state_->jitter);
    if (app.phase == Phase::waiting) state_->bring_forward(app, spacing, delay);
    // After a worker the app is polled anyway.
    if (app.phase == Phase::polling) {
        const auto wait = std::max(spacing, delay);
        app.again = app.again ? std::min(*app.again, wait) : wait;
    }
}

void Watcher::set_relay_connected(const AppName& name, bool connected) {
    const auto found = state_->apps.find(name);
    if (found == state_->apps.end() || found->second.relay_connected == connected) return;
    auto& app = found->second;
    app.relay_connected = connected;
    state_->set_interval(app);
    if (app.phase != Phase::waiting) return;
    if (connected)
        return state_->bring_forward(app, state_->spacing(app, false),
                                     part_of(app.settings.poll_spread, state_->jitter));
    state_->bring_forward(app, spread(app.interval, state_->jitter));
}

void Watcher::poll_each_once() {
    state_->once = true;
    for (auto& [name, app] : state_->apps)
        app.wake = state_->ports.clock.steady();
}

void Watcher::stop() {
    state_->stopping = true;
}

bool Watcher::idle() const {
    const auto busy = [&](Phase phase) { return state_->count(phase) > 0; };
    if (busy(Phase::polling) || busy(Phase::working)) return false;
    return state_->stopping || !state_->once || !(busy(Phase::waiting) || busy(Phase::due));
}

std::string Watcher::status_line() const {
    if (state_->apps.empty()) return "no apps";
    std::size_t good = 0;
    std::size_t deploying = 0;
    Some behind{"not at the head", {}};
    Some waiting{"waiting", {}};
    Some lost{"with a failed poll", {}};
    for (const auto& [name, app] : state_->apps) {
        if (app.phase == Phase::working || app.phase == Phase::due) {
            ++deploying;
            continue;
        }
        if (!app.ended.empty()) behind.add(name, app.ended);
        if (app.poll_state.poll_error) {
            lost.add(name, app.poll_state.poll_error->message);
        } else if (!app.ended.empty()) {
            continue;
        } else if (const auto head = due(app.poll_state)) {
            waiting.add(name, head->short_form() + " is waiting for its deployment");
        } else if (app.poll_state.answered) {
            ++good;
        }
    }
    auto line = fmt::format("{} app{}: {} up to date", state_->apps.size(),
                            state_->apps.size() == 1 ? "" : "s", good);
    if (deploying > 0) line += fmt::format(", {} deploying", deploying);
    return line + behind.text() + waiting.text() + lost.text();
}

ExitCode Watcher::exit_code() const {
    return state_->most_severe;
}

}  // namespace inhaul::watch
