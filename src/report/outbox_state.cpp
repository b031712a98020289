// SPDX-License-Identifier: Apache-2.0
#include "outbox_state.hpp"

#include <fmt/format.h>

#include <inhaul/forge/rest_limits.hpp>
#include <inhaul/util/hmac.hpp>
#include <inhaul/util/log.hpp>

#include "choice.hpp"

namespace inhaul::report {
namespace {

using Outcome = DeliveryResult::Outcome;
using std::chrono::hours;
using std::chrono::minutes;

/// The wait after the first failure, and the longest, unless the target sets a time.
constexpr Milliseconds first_wait{5'000};
constexpr Milliseconds longest_wait = hours{1};
constexpr Milliseconds between_pings = minutes{1};
/// The time until the next check of a lock that another process holds.
constexpr Milliseconds lock_wait{1'000};
constexpr std::size_t reports_at_a_time = 200;

/// The ledger knows a URL, which may be a secret, by its hash alone.
std::string hash_of_url(const NotifyTarget& target, const Secrets& secrets) {
    const Secret url{secrets.url ? secrets.url->reveal() : target.url.value_or("")};
    return to_hex(hmac_sha256(url, "the URL of a target"));
}

/// Whether the receiver recognises a message that it gets again, by its id.
bool recognises_ids(NotifyTarget::Type type) {
    return type == NotifyTarget::Type::webhook || type == NotifyTarget::Type::command ||
           type == NotifyTarget::Type::otlp;
}

}  // namespace

/// Another process of the account may send: an operator's deployment, or the agent. The agent's
/// only thread must not wait for it.
bool Outbox::State::take_lock() {
    if (lock) return true;
    const auto now = ports.clock.steady();
    if (lock_busy && now < lock_retry) return false;
    auto taken = file::Lock::try_acquire(lock_path, "sends notifications");
    lock_busy = !taken;
    if (!taken) {
        lock_retry = now + lock_wait;
        if (taken.error().code != ErrorCode::locked) note_problem(taken.error());
        return false;
    }
    lock.emplace(std::move(*taken));
    return true;
}

void Outbox::State::send_next(TargetQueue& queue) {
    if (!take_lock()) return;
    if (const auto tried = try_next(queue); !tried) {
        note_problem(tried.error());
        queue.wake = ports.clock.steady() + longest_wait;
    } else {
        ledger_failing = false;
    }
}

/// A target that is gone gets nothing while it has the same URL. Its reports wait, and expire.
bool Outbox::State::is_gone(const TargetQueue& queue, const ledger::TargetState& state) {
    if (state.gone.empty()) return false;
    const auto secrets = secrets_of(files, queue.named.target);
    return secrets && hash_of_url(queue.named.target, *secrets) == state.gone;
}

Result<void> Outbox::State::try_next(TargetQueue& queue) {
    const auto& name = queue.named.name;
    auto found = TRY(ports.reports.target(name));
    if (!found) {  // its state was deleted meanwhile
        TRY(ports.reports.add_target(name));
        found = TRY(ports.reports.target(name));
    }
    auto& state = *found;
    if (is_gone(queue, state)) {
        queue.pending = false;  // until the next report, or other settings
        return {};
    }
    for (;;) {
        const auto pending = TRY(ports.reports.reports_after(state.done, reports_at_a_time));
        auto choice = choose(pending, queue.named.target, queue.named.app, ports.clock.now());
        if (choice.expired) {
            log::warning("a notification has expired",
                         {{"target", name},
                          {"event", std::string{type_of(choice.expired->kind)}},
                          {"app", choice.expired->app.text()}});
            state.error = fmt::format("the notification {} of {} was not sent in time{}{}",
                                      type_of(choice.expired->kind), choice.expired->app.text(),
                                      state.error.empty() ? "" : ": ", state.error);
            if (!state.error_since) state.error_since = ports.clock.now();
            state.count_expired += choice.expired_count;
        }
        if (choice.passed > state.done) {
            state.done = choice.passed;
            state.attempts = 0;
            // GitHub may have the deployment, whichever report about it comes next.
            if (!queue.named.github) {
                state.unknown = 0;
                state.sending = false;
            }
            TRY(ports.reports.save_target(name, state));
        }
        if (choice.next && queue.named.github)
            return begin_at_github(queue, *choice.next, std::move(state));
        if (choice.next) return begin(queue, *choice.next, std::move(state));
        if (pending.size() < reports_at_a_time) break;
    }
    queue.pending = false;
    return {};
}

/// The attempt is recorded before it starts: after a crash, its result is unknown.
Result<void> Outbox::State::begin(TargetQueue& queue, const ledger::Report& report,
                                  ledger::TargetState state) {
    const auto& name = queue.named.name;
    const auto& target = queue.named.target;
    const auto now = ports.clock.now();
    if (state.sending) {
        ++state.unknown;
        state.sending = false;
    }
    if (!recognises_ids(target.type) && state.unknown > 1) {
        state.done = report.number;
        state.attempts = state.unknown = 0;
        ++state.count_failed;
        state.error = "the agent ended during two attempts: the message may be lost";
        state.error_since = now;
        return ports.reports.save_target(name, state);
    }
    if (state.next_attempt && *state.next_attempt > now) {
        queue.wake = ports.clock.steady() + (*state.next_attempt - now);
        return {};
    }
    const auto secrets = secrets_of(files, target);
    ++state.attempts;
    if (!secrets) {
        ended(name, report, std::move(state), {Outcome::later, secrets.error().message, {}});
        return {};
    }
    const auto record = report.deployment ? TRY(ports.deployments.deployment(*report.deployment))
                                          : std::optional<ledger::Record>{};
    state.sending = true;
    state.gone.clear();
    TRY(ports.reports.save_target(name, state));
    queue.in_flight = true;
    ++running;
    attempt(ports.transport, target, compose(report, record, origin, name), *secrets, now,
            ports.clock,
            [this, living = std::weak_ptr{alive}, name, report, state,
             url = hash_of_url(target, *secrets)](DeliveryResult result) mutable {
                if (living.expired()) return;
                --running;
                if (result.what == Outcome::gone) {
                    state.gone = url;
                    result.message += "; inhaul sends nothing more until the URL changes";
                }
                ended(name, report, std::move(state), result);
            });
    return {};
}

void Outbox::State::ended(const std::string& name, const ledger::Report& report,
                          ledger::TargetState state, const DeliveryResult& result) {
    const auto now = ports.clock.now();
    state.sending = false;
    state.next_attempt.reset();
    Milliseconds wait = between_messages;
    if (result.what == Outcome::later) {
        // A backoff is at least half of its base.
        const auto base = result.limited && !result.wait ? 2 * forge::secondary_wait : first_wait;
        wait = std::max(backoff(base, longest_wait, state.attempts, jitter),
                        result.wait.value_or(Milliseconds{0}));
        state.next_attempt = now + wait;
    } else if (result.what != Outcome::more) {
        state.done = report.number;
        state.attempts = state.unknown = 0;
        if (result.what != Outcome::sent) ++state.count_failed;
    }
    if (result.what == Outcome::sent) {
        state.error.clear();
        state.error_since.reset();
        state.sent = now;
        ++state.count_sent;
    } else if (result.what != Outcome::more) {
        state.error = result.message;
        if (!state.error_since) state.error_since = now;
    }
    if (const auto saved = ports.reports.save_target(name, state); !saved)
        note_problem(saved.error());
    const auto found = queues.find(name);
    if (found == queues.end()) return;
    auto& queue = found->second;
    queue.in_flight = false;
    queue.pending = true;
    queue.wake = ports.clock.steady() + wait;
    // A limit concerns all apps with the token. Else GitHub requires a second between two requests.
    if (queue.named.github)
        budgets[queue.budget()] =
            result.limited ? queue.wake : ports.clock.steady() + between_messages;
    if (result.limited) share_limit(queue, now + wait);
    if (result.what == Outcome::more) return;
    log_end(queue, result, type_of(report.kind).data());
}

/// Another process, such as the next run of a timer, knows the limit of a token from the ledger.
void Outbox::State::share_limit(const TargetQueue& limited, TimePoint until) {
    for (const auto& [name, queue] : queues) {
        if (&queue == &limited || queue.budget() != limited.budget()) continue;
        auto state = ports.reports.target(name);
        if (!state || !*state) continue;
        (*state)->next_attempt = std::max((*state)->next_attempt.value_or(until), until);
        if (const auto saved = ports.reports.save_target(name, **state); !saved)
            note_problem(saved.error());
    }
}

/// Logs changes only: a target that is away for a day causes two lines.
void Outbox::State::log_end(TargetQueue& queue, const DeliveryResult& result,
                            const std::string& event) {
    const auto secrets = secrets_of(files, queue.named.target);
    const log::Fields fields{{"target", queue.named.name},
                             {"event", event},
                             {"to", shown_place(queue.named.target, secrets.value_or(Secrets{}))}};
    if (result.what == Outcome::sent) {
        if (std::exchange(queue.failing, false)) log::info("notifications work again", fields);
        return;
    }
    if (result.what == Outcome::later && std::exchange(queue.failing, true)) return;
    queue.failing = true;
    log::warning((result.what == Outcome::later ? "cannot send a notification: "
                                                : "a notification was refused: ") +
                     result.message,
                 fields);
}

void Outbox::State::check_silence(const AppName& app) {
    silence_due.erase(app);
    if (queues.empty()) return;
    const auto left = ports.reports.check_silence(app, silent_after);
    if (!left) return note_problem(left.error());
    if (*left) silence_due[app] = ports.clock.steady() + **left;
}

std::string Outbox::State::open_faults(const TargetQueue& queue) {
    for (const auto& app : apps) {
        if (queue.named.app && *queue.named.app != app) continue;
        const auto faults = ports.reports.faults(app);
        if (!faults) continue;
        for (auto fault = faults->rbegin(); fault != faults->rend(); ++fault)
            if (fault->kind == ReportKind::failed || fault->kind == ReportKind::rolled_back)
                return fmt::format("{}: {}", app.text(), fault->message);
    }
    return {};
}

/// The next answer from the forge causes the next ping, so a lost ping is not repeated.
void Outbox::State::ping(TargetQueue& queue) {
    const auto now = ports.clock.steady();
    if (queue.in_flight || (queue.last_ping && now < *queue.last_ping + between_pings)) return;
    queue.last_ping = now;
    const auto name = queue.named.name;
    const auto finish = [this, name](const DeliveryResult& result) {
        const auto found = queues.find(name);
        if (found != queues.end()) {
            found->second.in_flight = false;
            log_end(found->second, result, "ping");
        }
        auto state = ports.reports.target(name);
        if (!state || !*state) return;
        const bool sent = result.what == Outcome::sent;
        // A ping each minute must not write to the disk each minute.
        if (sent && (*state)->error.empty()) return;
        (*state)->error = sent ? std::string{} : result.message;
        if (sent) (*state)->error_since.reset();
        if (sent) (*state)->sent = ports.clock.now();
        if (!sent && !(*state)->error_since) (*state)->error_since = ports.clock.now();
        if (const auto saved = ports.reports.save_target(name, **state); !saved)
            note_problem(saved.error());
    };
    const auto secrets = secrets_of(files, queue.named.target);
    if (!secrets) return finish({Outcome::later, secrets.error().message, {}});
    Message message;
    message.cause = open_faults(queue);
    queue.in_flight = true;
    ++running;
    attempt(ports.transport, queue.named.target, message, *secrets, ports.clock.now(), ports.clock,
            [this, living = std::weak_ptr{alive}, finish](const DeliveryResult& result) {
                if (living.expired()) return;
                --running;
                finish(result);
            });
}

void Outbox::State::note_problem(const Error& error) {
    if (!std::exchange(ledger_failing, true))
        log::problem(log::Level::error, "send notifications", error);
}

}  // namespace inhaul::report
