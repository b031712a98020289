// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <inhaul/head_answer.hpp>
#include <inhaul/ledger/polls.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/backoff.hpp>

/// When to poll, and the effect of an answer: pure functions over ledger::PollState.
namespace inhaul::watch {

/// The longest wait after a failure, unless the server sets a time.
inline constexpr Milliseconds backoff_cap{15 * 60'000};

/// Returns the poll interval of an app: the interval in its settings, or a longer interval for
/// anonymous REST. All `sharing` apps of the budget together stay below 50 requests an hour (GitHub
/// allows 60 per address).
[[nodiscard]] Milliseconds effective_interval(const Settings& settings, bool anonymous_api,
                                              std::size_t sharing);

/// Returns the interval while a relay is connected.
[[nodiscard]] Milliseconds interval_with_relay(const Settings& settings, Milliseconds interval);

/// Returns the least time between a poll and the next one that an event triggers.
[[nodiscard]] Milliseconds notice_spacing(bool genuine, bool anonymous_api, Milliseconds interval);

/// Returns the wait before another poll when the forge still answers with the commit before a
/// reported push. Returns nothing after `times` polls if these are enough.
[[nodiscard]] std::optional<Milliseconds> wait_for_push(unsigned times);

/// Returns the first poll of a stored schedule, normally `next_poll`:
/// * `now`, if the schedule is missing or belongs to other settings (their hash differs);
/// * a random time within the interval, if `next_poll` has passed;
/// * an interval from now, if `next_poll` is too far ahead.
[[nodiscard]] TimePoint first_poll(const ledger::PollState& poll_state,
                                   const std::string& settings_hash, Milliseconds interval,
                                   TimePoint now, Jitter& jitter);

/// Returns true if a failure of these settings still requires a wait, also for `inhaul once`.
[[nodiscard]] bool backs_off(const ledger::PollState& poll_state, const std::string& settings_hash,
                             Milliseconds interval, TimePoint now);

/// Returns until when the answer forbids requests of the app's budget, at most
/// http::longest_server_wait. The answer is a refusal, or the last answer that the limit allows.
[[nodiscard]] std::optional<TimePoint> limit_end(const HeadAnswer& answer, TimePoint now);
/// Returns the shortest interval between polls of this app that the server allows
/// (X-Poll-Interval), at most http::longest_server_wait. Zero without one.
[[nodiscard]] Milliseconds demanded_interval(const HeadAnswer& answer);
/// Returns when to poll after a server's limit that ends at `until`: two to four seconds later.
/// Without the random part, all apps and hosts with the limit would poll at once.
[[nodiscard]] TimePoint after_block(TimePoint until, Jitter& jitter);

/// Returns the poll state after an answer: times, failures, poll error, learned facts and next
/// poll. After the first answer (of these settings, or after failures), the next poll is at a
/// random time within the interval. So the polls of many hosts spread over it. Later it is an
/// interval away, a tenth more or less.
[[nodiscard]] ledger::PollState after_answer(ledger::PollState poll_state, const HeadAnswer& answer,
                                             Milliseconds interval, TimePoint now, Jitter& jitter,
                                             bool new_settings = false);

/// Returns the poll state, with its next poll, after a worker without a decision (exit 75 or 4,
/// killed).
[[nodiscard]] ledger::PollState after_undecided(ledger::PollState poll_state, Milliseconds interval,
                                                TimePoint now, Jitter& jitter);

}  // namespace inhaul::watch
