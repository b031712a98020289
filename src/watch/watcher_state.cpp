// SPDX-License-Identifier: Apache-2.0
#include "watcher_state.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <inhaul/budget.hpp>
#include <inhaul/ledger/rules.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/watch/schedule.hpp>

namespace inhaul::watch {
namespace {

/// Returns true for errors that may pass with time. The others need an operator.
bool may_pass(PollErrorKind kind) {
    return kind == PollErrorKind::unreachable || kind == PollErrorKind::server_error ||
           kind == PollErrorKind::rate_limited;
}

/// Returns true if the forge has the same answer for both.
bool same_question(const Settings& one, const Settings& other) {
    const auto parts = [](const Settings& app) {
        return std::tie(app.git_url, app.branch, app.head_source, app.github, app.ssh_key,
                        app.passphrase_file, app.ssh_config, app.known_hosts, app.token_file,
                        app.ca_file, app.keep_connection);
    };
    return parts(one) == parts(other);
}

bool anonymous_api(const App& app) {
    return app.settings.head_source == HeadSource::github_api && !app.settings.token_file;
}

}  // namespace

std::string settings_hash_of(const App& app) {
    return app.settings.hash + "/" + app.budget;
}

/// Apps that share an anonymous budget share its requests.
void Watcher::State::set_intervals() {
    std::map<std::string, std::size_t> sharing;
    for (const auto& [name, app] : apps)
        ++sharing[app.budget];
    for (auto& [name, app] : apps) {
        app.plain_interval =
            effective_interval(app.settings, anonymous_api(app), sharing[app.budget]);
        set_interval(app);
    }
}

void Watcher::State::set_interval(App& app) {
    app.interval = app.relay_connected ? interval_with_relay(app.settings, app.plain_interval)
                                       : app.plain_interval;
}

Milliseconds Watcher::State::spacing(const App& app, bool genuine) {
    return notice_spacing(genuine, anonymous_api(app), app.plain_interval);
}

/// Moves the next poll forward, as far as its spacing to the last poll and the delay allow.
void Watcher::State::bring_forward(App& app, Milliseconds spacing, Milliseconds delay) {
    const auto soonest = ports.clock.steady() + delay;
    const auto at = app.polled ? std::max(soonest, *app.polled + spacing) : soonest;
    app.wake = std::min(app.wake, at);
}

/// Returns the wait to the next poll if it must come before the scheduled one.
std::optional<Milliseconds> Watcher::State::soon(App& app) {
    if (app.awaited && app.poll_state.head == app.awaited->before)
        if (const auto wait = wait_for_push(app.times_awaited++)) return wait;
    app.awaited.reset();
    return std::exchange(app.again, std::nullopt);
}

void Watcher::State::wake_at(App& app, TimePoint at) {
    app.phase = Phase::waiting;
    app.wake = ports.clock.steady() + std::max(at - ports.clock.now(), Milliseconds{0});
}

void Watcher::State::schedule(App& app, TimePoint at) {
    app.poll_state.next_poll = at;
    wake_at(app, at);
}

void Watcher::State::store(App& app) {
    const auto saved = ports.polls.save_poll_state(app.settings.app, app.poll_state);
    if (!saved && !app.ledger_failing)
        log::problem(log::Level::error, "save the result of a poll", saved.error(),
                     {{"app", app.settings.app.text()}});
    app.ledger_failing = !saved;
}

/// A worker, an operator's command or a webhook receiver may have deployed a newer head.
void Watcher::State::refresh_heads(App& app) {
    auto stored = ports.polls.poll_state(app.settings.app);
    if (!stored) return;
    app.poll_state.processed_head = stored->processed_head;
    if (app.ledger_failing) return;  // the last poll is not in the ledger
    app.poll_state.head = stored->head;
    app.poll_state.answered = stored->answered;
    app.poll_state.poll_error = std::move(stored->poll_error);
    app.poll_state.poll_error_since = stored->poll_error_since;
}

/// Returns until when a server allows no request of the app. A poll may lead to a deployment, so
/// the limits of its requests count too.
std::optional<TimePoint> Watcher::State::blocked_until(const App& app) {
    auto budgets = ports.forge.deployment_budgets(app.settings);
    budgets.push_back(app.budget);
    budgets.push_back(app_budget(app.settings));
    std::optional<TimePoint> until;
    for (const auto& budget : std::set(budgets.begin(), budgets.end())) {
        if (budget.empty()) continue;
        const auto blocked = ports.polls.blocked_until(budget);
        if (blocked && *blocked) until = std::max(until, *blocked);
    }
    return until;
}

bool Watcher::State::must_wait(App& app) {
    const auto now = ports.clock.now();
    if (const auto until = blocked_until(app); until && *until > now) {
        schedule(app, after_block(*until, jitter));
        return true;
    }
    return once && backs_off(app.poll_state, settings_hash_of(app), app.interval, now);
}

void Watcher::State::poll(App& app) {
    app.budget = ports.forge.budget(app.settings);
    if (must_wait(app)) {
        refresh_ended(app);
        if (interrupted(app)) return resume(app);
        if (once) {
            log::warning("not polled: an earlier failure or rate limit requires a wait",
                         {{"app", app.settings.app.text()},
                          {"until", format_utc(app.poll_state.next_poll.value_or(TimePoint{}))}});
            finish_once(app, ExitCode::try_later);
        }
        return;
    }
    refresh_heads(app);
    if (app.poll_state.settings_hash != settings_hash_of(app)) {
        app.poll_state.settings_hash = settings_hash_of(app);
        app.new_settings = true;
        app.poll_state.repository_id.reset();
        app.poll_state.moved_to.reset();
        app.poll_state.failures = app.poll_state.undecided = 0;
    }
    const auto polling = apps_polled_with(app);
    for (auto* const member : polling) {
        member->phase = Phase::polling;
        member->retry.reset();
        member->polled = ports.clock.steady();
    }
    std::vector<std::pair<AppName, std::uint64_t>> names;
    for (const auto* const member : polling)
        names.emplace_back(member->settings.app, member->generation);
    ports.forge.poll_head(
        {app.settings, app.poll_state.processed_head, app.poll_state.repository_id},
        [this, names = std::move(names)](const HeadAnswer& answer) {
            for (const auto& [name, generation] : names)
                if (auto* const still = find(name, generation)) answered(*still, answer);
        });
}

/// Returns the app, and the others that its answer serves too.
std::vector<App*> Watcher::State::apps_polled_with(App& app) {
    std::vector<App*> found{&app};
    for (auto& [name, other] : apps) {
        if (once || &other == &app || other.phase != Phase::waiting ||
            !same_question(other.settings, app.settings) ||
            other.poll_state.settings_hash != settings_hash_of(other))
            continue;
        refresh_heads(other);
        if (other.poll_state.processed_head == app.poll_state.processed_head &&
            other.poll_state.repository_id == app.poll_state.repository_id)
            found.push_back(&other);
    }
    return found;
}

/// Saves the waits that a server demands, for the other apps with the limit, and for a restart.
/// After a restart, the agent ignores a stored schedule that is longer than each interval and
/// backoff of the settings.
void Watcher::State::remember_limits(const App& app, const HeadAnswer& answer, TimePoint now) {
    const auto block = [&](const std::string& budget, TimePoint until) {
        if (until <= now) return;
        if (const auto blocked = ports.polls.block(budget, until); !blocked)
            log::problem(log::Level::error, "remember a rate limit", blocked.error(),
                         {{"app", app.settings.app.text()}});
    };
    if (const auto end = limit_end(answer, now))
        block(app.budget.empty() ? app_budget(app.settings) : app.budget, *end);
    // Not for the usual minute: each block waits for the disk.
    if (const auto demanded = demanded_interval(answer); demanded > backoff_cap)
        block(app_budget(app.settings), now + demanded);
}

void Watcher::State::answered(App& app, const HeadAnswer& answer) {
    const auto before = app.poll_state;
    const auto now = ports.clock.now();
    app.poll_state = after_answer(std::move(app.poll_state), answer, app.interval, now, jitter,
                                  std::exchange(app.new_settings, false));
    remember_limits(app, answer, now);
    store(app);
    observer(app.settings.app,
             app.poll_state.poll_error ? Happened::not_answered : Happened::answered);
    log_changes(app, before);
    refresh_ended(app);
    decide(app);
}

void Watcher::State::log_changes(App& app, const ledger::PollState& before) {
    const auto& name = app.settings.app.text();
    const auto& poll_error = app.poll_state.poll_error;
    const bool same =
        poll_error && before.poll_error && before.poll_error->kind == poll_error->kind &&
        // The messages of an outage change often. Only `once` has no other output.
        ((!once && may_pass(poll_error->kind)) ||
         ledger::cause_key(before.poll_error->message) == ledger::cause_key(poll_error->message));
    if (poll_error && !same) {
        log::warning("cannot poll the branch: " + poll_error->message,
                     {{"app", name},
                      {"reason", std::string{to_string(poll_error->kind)}},
                      {"hint", poll_error->hint}});
    } else if (!poll_error && before.poll_error) {
        log::info("polling the branch works again", {{"app", name}});
    }
    if (app.poll_state.moved_to && app.poll_state.moved_to != before.moved_to)
        log::warning(
            "the repository was renamed: change `repository` in the settings",
            {{"app", name}, {"from", app.settings.repository}, {"to", *app.poll_state.moved_to}});
    warn_of_token(app);
}

void Watcher::State::warn_of_token(App& app) {
    const auto& expires = app.poll_state.token_expires;
    const auto now = ports.clock.now();
    const bool soon = expires && *expires - now < token_warning;
    if (soon && !app.token_warned)
        log::warning(*expires > now ? "the token expires soon" : "the token has expired",
                     {{"app", app.settings.app.text()}, {"expires", format_utc(*expires)}});
    app.token_warned = soon;
}

void Watcher::State::decide(App& app) {
    // The worker for a new head also resumes.
    const bool starts_worker =
        !app.poll_state.poll_error && due(app.poll_state) && (once || !held_for(app));
    if (!starts_worker && interrupted(app)) return resume(app);
    if (const auto& poll_error = app.poll_state.poll_error) {
        if (!once) return schedule(app, *app.poll_state.next_poll);
        return finish_once(app,
                           may_pass(poll_error->kind) ? ExitCode::try_later : ExitCode::failed);
    }
    if (due(app.poll_state)) {
        app.awaited.reset();
        if (const auto wait = held_for(app); wait && !once)
            return schedule(app, std::min(*app.poll_state.next_poll, ports.clock.now() + *wait));
        // The worker decides the next poll, unless another process locks it out.
        wake_at(app, *app.poll_state.next_poll);
        app.phase = Phase::due;
        return;
    }
    if (once) return finish_once(app, ExitCode::done);
    if (std::exchange(app.poll_state.undecided, 0U) > 0) store(app);
    schedule(app, *app.poll_state.next_poll);
    const auto wait = soon(app);
    if (wait) bring_forward(app, *wait);
    app.event_pending = wait.has_value();
}

void Watcher::State::finish_once(App& app, ExitCode code) {
    app.phase = Phase::finished;
    most_severe = more_severe(most_severe, code);
}

}  // namespace inhaul::watch
