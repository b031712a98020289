// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/schedule.hpp>

#include <algorithm>
#include <array>

#include <inhaul/util/http.hpp>

namespace inhaul::watch {
namespace {

/// GitHub allows 60 anonymous requests an hour for an address; inhaul uses fewer.
constexpr std::int64_t anonymous_requests_per_hour = 50;

/// The longest time between the end of a server's limit and the next poll.
constexpr Milliseconds block_margin{4'000};

Milliseconds longest_backoff(Milliseconds interval) {
    return std::max(backoff_cap, interval * 2);
}

void learn(ledger::PollState& poll_state, const HeadAnswer& answer) {
    if (answer.repository_id) poll_state.repository_id = answer.repository_id;
    if (answer.moved_to) poll_state.moved_to = answer.moved_to;
    poll_state.token_expires = answer.token_expires;
    poll_state.method = answer.method;
    poll_state.session_since = answer.session_since;
}

void note_head(ledger::PollState& poll_state, const CommitId& head, TimePoint now) {
    if (poll_state.head != head) poll_state.undecided = 0;
    poll_state.head = head;
    poll_state.answered = now;
    poll_state.poll_error.reset();
    poll_state.poll_error_since.reset();
    poll_state.failures = 0;
}

void note_poll_error(ledger::PollState& poll_state, const PollError& poll_error, TimePoint now) {
    if (!poll_state.poll_error || poll_state.poll_error->kind != poll_error.kind)
        poll_state.poll_error_since = now;
    poll_state.poll_error = poll_error;
    ++poll_state.failures;
}

/// No interval or backoff of these settings is as long. A server demanded the wait, or it was
/// stored while a relay was connected. The ledger has the waits of servers as blocks too. So the
/// poll that follows this result still obeys them.
bool too_far_ahead(const ledger::PollState& poll_state, Milliseconds interval, TimePoint now) {
    return *poll_state.next_poll > now + longest_backoff(interval) * 11 / 10;
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

TimePoint first_poll(const ledger::PollState& poll_state, const std::string& settings_hash,
                     Milliseconds interval, TimePoint now, Jitter& jitter) {
    if (!poll_state.next_poll || poll_state.settings_hash != settings_hash) return now;
    if (too_far_ahead(poll_state, interval, now)) return now + interval;
    // Many hosts may start at the same time, for example when the power returns.
    if (*poll_state.next_poll <= now) return now + part_of(interval, jitter);
    return *poll_state.next_poll;
}

bool backs_off(const ledger::PollState& poll_state, const std::string& settings_hash,
               Milliseconds interval, TimePoint now) {
    return (poll_state.failures > 0 || poll_state.undecided > 0) &&
           poll_state.settings_hash == settings_hash && poll_state.next_poll &&
           *poll_state.next_poll > now && !too_far_ahead(poll_state, interval, now);
}

std::optional<TimePoint> limit_end(const HeadAnswer& answer, TimePoint now) {
    const auto* poll_error = std::get_if<PollError>(&answer.what);
    auto end = poll_error != nullptr ? poll_error->not_before : std::nullopt;
    if (!end && answer.remaining == 0U) end = answer.window_ends;
    return end ? std::optional{std::min(*end, now + http::longest_server_wait)} : std::nullopt;
}

Milliseconds demanded_interval(const HeadAnswer& answer) {
    return std::min(answer.poll_interval.value_or(Seconds{0}), http::longest_server_wait);
}

TimePoint after_block(TimePoint until, Jitter& jitter) {
    return until + block_margin / 2 + part_of(block_margin / 2, jitter);
}

ledger::PollState after_answer(ledger::PollState poll_state, const HeadAnswer& answer,
                               Milliseconds interval, TimePoint now, Jitter& jitter,
                               bool new_settings) {
    poll_state.polled = now;
    const auto wait_for_limit = [&] {
        if (const auto end = limit_end(answer, now))
            poll_state.next_poll = std::max(*poll_state.next_poll, after_block(*end, jitter));
    };
    // Many hosts may get their settings, or their network back, at the same time.
    const bool new_phase = new_settings || !poll_state.answered || poll_state.failures > 0;
    if (const auto* poll_error = std::get_if<PollError>(&answer.what)) {
        ++poll_state.polls_failed;
        note_poll_error(poll_state, *poll_error, now);
        poll_state.next_poll =
            now + backoff(interval, longest_backoff(interval), poll_state.failures, jitter);
        wait_for_limit();
        return poll_state;
    }
    learn(poll_state, answer);
    if (answer.remaining) poll_state.requests_left = static_cast<std::int64_t>(*answer.remaining);
    const auto before = poll_state.head;
    if (const auto* head = std::get_if<NewHead>(&answer.what)) {
        note_head(poll_state, head->commit, now);
    } else if (poll_state.processed_head) {
        note_head(poll_state, *poll_state.processed_head, now);
    }
    ++(poll_state.head == before ? poll_state.polls_unchanged : poll_state.polls_changed);
    // A server may ask for a longer interval than the settings do.
    const auto demanded = demanded_interval(answer);
    poll_state.next_poll = now + (new_phase ? std::max(demanded, part_of(interval, jitter))
                                            : spread(std::max(interval, demanded), jitter));
    wait_for_limit();
    return poll_state;
}

ledger::PollState after_undecided(ledger::PollState poll_state, Milliseconds interval,
                                  TimePoint now, Jitter& jitter) {
    ++poll_state.undecided;
    poll_state.next_poll =
        now + backoff(interval, longest_backoff(interval), poll_state.undecided, jitter);
    return poll_state;
}

}  // namespace inhaul::watch
