// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/schedule.hpp>

#include <algorithm>
#include <array>

namespace inhaul::watch {
namespace {

/// GitHub allows 60 anonymous requests an hour for an address; inhaul uses fewer.
constexpr std::int64_t anonymous_requests_per_hour = 50;

/// A server that asks for a longer wait has a wrong clock.
constexpr Milliseconds longest_block{std::chrono::hours{24}};

Milliseconds longest_backoff(Milliseconds interval) {
    return std::max(backoff_cap, interval * 2);
}

void learn(ledger::Watch& watch, const HeadAnswer& answer) {
    if (answer.repository_id) watch.repository_id = answer.repository_id;
    if (answer.moved_to) watch.moved_to = answer.moved_to;
    watch.token_expires = answer.token_expires;
    watch.method = answer.method;
    watch.session_since = answer.session_since;
}

void note_head(ledger::Watch& watch, const CommitId& head, TimePoint now) {
    if (watch.head != head) watch.undecided = 0;
    watch.head = head;
    watch.answered = now;
    watch.poll_error.reset();
    watch.poll_error_since.reset();
    watch.failures = 0;
}

void note_poll_error(ledger::Watch& watch, const PollError& poll_error, TimePoint now) {
    if (!watch.poll_error || watch.poll_error->kind != poll_error.kind)
        watch.poll_error_since = now;
    watch.poll_error = poll_error;
    ++watch.failures;
}

/// No rule sets the next poll as far ahead: the clock was wrong when it was stored.
bool too_far_ahead(const ledger::Watch& watch, Milliseconds interval, TimePoint now) {
    const bool blocked = watch.poll_error && watch.poll_error->not_before;
    const auto longest = blocked ? longest_block + Seconds{4} : longest_backoff(interval) * 11 / 10;
    return *watch.next_poll > now + longest;
}

}  // namespace

Milliseconds effective_interval(const Settings& settings, bool anonymous_api, std::size_t sharing) {
    if (!anonymous_api) return settings.poll_interval;
    const auto fair = Milliseconds{std::chrono::hours{1}} / anonymous_requests_per_hour;
    return std::max(settings.poll_interval,
                    fair * static_cast<std::int64_t>(std::max<std::size_t>(sharing, 1)));
}

Milliseconds interval_with_relay(const Settings& settings, Milliseconds interval) {
    return std::max(interval, settings.poll_interval_with_relay);
}

Milliseconds notice_spacing(bool genuine, bool anonymous_api, Milliseconds interval) {
    if (genuine) return Seconds{1};
    return std::max<Milliseconds>(Seconds{10}, anonymous_api ? interval : Milliseconds{0});
}

std::optional<Milliseconds> wait_for_push(unsigned times) {
    // GitHub's read-after-write lag is some seconds.
    constexpr std::array waits{Seconds{1}, Seconds{2}, Seconds{4}, Seconds{8}, Seconds{15}};
    if (times >= waits.size()) return std::nullopt;
    return waits.at(times);
}

TimePoint first_poll(const ledger::Watch& watch, const std::string& settings_hash,
                     Milliseconds interval, TimePoint now, Jitter& jitter) {
    if (!watch.next_poll || watch.settings_hash != settings_hash) return now;
    if (too_far_ahead(watch, interval, now)) return now + interval;
    // Many hosts may start at the same time, for example when the power returns.
    if (*watch.next_poll <= now) return now + part_of(interval, jitter);
    return *watch.next_poll;
}

bool backs_off(const ledger::Watch& watch, const std::string& settings_hash, Milliseconds interval,
               TimePoint now) {
    return (watch.failures > 0 || watch.undecided > 0) && watch.settings_hash == settings_hash &&
           watch.next_poll && *watch.next_poll > now && !too_far_ahead(watch, interval, now);
}

ledger::Watch after_answer(ledger::Watch watch, const HeadAnswer& answer, Milliseconds interval,
                           TimePoint now, Jitter& jitter, bool new_settings) {
    watch.asked = now;
    // Many hosts may get their settings, or their network back, at the same time.
    const bool new_phase = new_settings || !watch.answered || watch.failures > 0;
    if (const auto* poll_error = std::get_if<PollError>(&answer.what)) {
        ++watch.polls_failed;
        note_poll_error(watch, *poll_error, now);
        watch.next_poll =
            now + backoff(interval, longest_backoff(interval), watch.failures, jitter);
        // A little after the requested time, and not all agents at once.
        if (poll_error->not_before) {
            const auto until = std::min(*poll_error->not_before, now + longest_block);
            watch.next_poll =
                std::max(*watch.next_poll, until + backoff(Seconds{2}, Seconds{4}, 1, jitter));
        }
        return watch;
    }
    learn(watch, answer);
    if (answer.remaining) watch.requests_left = static_cast<std::int64_t>(*answer.remaining);
    const auto before = watch.head;
    if (const auto* head = std::get_if<NewHead>(&answer.what)) {
        note_head(watch, head->commit, now);
    } else if (watch.processed_head) {
        note_head(watch, *watch.processed_head, now);
    }
    ++(watch.head == before ? watch.polls_unchanged : watch.polls_changed);
    // A server may ask for a longer interval than the settings do (X-Poll-Interval).
    const auto asked_for =
        std::min<Milliseconds>(answer.poll_interval.value_or(Seconds{0}), longest_block);
    watch.next_poll = now + (new_phase ? std::max(asked_for, part_of(interval, jitter))
                                       : spread(std::max(interval, asked_for), jitter));
    if (answer.remaining == 0U && answer.window_ends)
        watch.next_poll = std::max(*watch.next_poll, *answer.window_ends);
    return watch;
}

std::optional<CommitId> due(const ledger::Watch& watch) {
    if (watch.head == watch.processed_head) return std::nullopt;
    return watch.head;
}

ledger::Watch after_undecided(ledger::Watch watch, Milliseconds interval, TimePoint now,
                              Jitter& jitter) {
    ++watch.undecided;
    watch.next_poll = now + backoff(interval, longest_backoff(interval), watch.undecided, jitter);
    return watch;
}

}  // namespace inhaul::watch
