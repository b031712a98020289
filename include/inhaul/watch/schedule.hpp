#pragma once

#include <optional>

#include <inhaul/head_answer.hpp>
#include <inhaul/ledger/polls.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/backoff.hpp>

/// When to ask, and what an answer changes: pure rules over ledger::Watch.
namespace inhaul::watch {

/// The longest wait after failures that the server set no time for.
inline constexpr Milliseconds backoff_cap{15 * 60'000};
/// How long before its end a token is warned of.
inline constexpr std::chrono::hours token_warning{14 * 24};

/// The interval of an app: what its settings say, but for anonymous REST never so short that all
/// `sharing` apps of the budget together pass 50 requests an hour (GitHub allows 60 per address).
[[nodiscard]] Milliseconds effective_interval(const Settings& settings, bool anonymous_api,
                                              std::size_t sharing);

/// The same while a relay tells of pushes.
[[nodiscard]] Milliseconds interval_with_relay(const Settings& settings, Milliseconds interval);

/// The least time from one question to the next that a ring leads to.
[[nodiscard]] Milliseconds notice_spacing(bool genuine, bool anonymous_api, Milliseconds interval);

/// How long to wait before the head is asked for once more, when it is still the commit before a
/// push that has been told of: nothing when that was done `times` times and is enough.
[[nodiscard]] std::optional<Milliseconds> wait_for_push(unsigned times);

/// When a stored schedule says to ask next: `next_poll`, but at once when it was learnt with other
/// settings (the mark), when there is none, or when it lies further ahead than it ever may.
[[nodiscard]] TimePoint first_poll(const ledger::Watch& watch, const std::string& settings_hash,
                                   Milliseconds interval, TimePoint now);

/// The watch after an answer: times, failures, trouble, what was learnt, and the next poll.
[[nodiscard]] ledger::Watch after_answer(ledger::Watch watch, const HeadAnswer& answer,
                                         Milliseconds interval, TimePoint now, Jitter& jitter);

/// Whether the head that is known calls for a worker: it is another than the decided one.
[[nodiscard]] std::optional<CommitId> due(const ledger::Watch& watch);

/// The watch after a worker that ended without a decision (exit 75 or 4, killed): when to ask
/// again.
[[nodiscard]] ledger::Watch after_undecided(ledger::Watch watch, Milliseconds interval,
                                            TimePoint now, Jitter& jitter);

}  // namespace inhaul::watch
