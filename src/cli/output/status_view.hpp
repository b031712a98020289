#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/setup/schedule.hpp>

namespace inhaul::cli {

/// Everything that is known of one app at one time.
struct AppFacts {
    Settings settings;
    ledger::Watch watch;
    ledger::Live live;
    ledger::Relay relay;
    ledger::Restrictions restrictions;
    std::optional<ledger::Record> unfinished;
    std::optional<ledger::Record> last;  ///< the newest finished deployment
    std::optional<ledger::Record> bad;   ///< ledger::ended_badly()
    std::optional<CommitSummary> live_summary;
    std::optional<ledger::Record> made_live;  ///< the newest that succeeded with what is live
    bool watched = false;                     ///< a watcher runs for this account
    std::optional<setup::Schedule> schedule;  ///< or a timer or cron starts `inhaul once`
    bool deploying = false;                   ///< somebody holds the app's lock
    TimePoint now;
};

/// What state an app is in: one word for programs, one sentence for people. "Cannot tell" and "up
/// to date" are different states; so is an answer that is too old to mean anything.
struct AppState {
    enum class Tone { good, busy, warning, bad };
    /// up-to-date, deploying, interrupted, failed, rolled-back, refused, waiting, paused, pinned,
    /// behind, held, cannot-tell, stale, unknown
    std::string word;
    std::string sentence;
    Tone tone = Tone::warning;
};
[[nodiscard]] AppState state_of(const AppFacts& facts);

/// A pause, a pin, or a gate that waits: what holds a push back, whatever else there is.
[[nodiscard]] std::optional<AppState> held_back(const AppFacts& facts);

/// That the agent still works with other settings.
[[nodiscard]] std::optional<std::string> not_reloaded(const AppFacts& facts);

/// What else an operator should know, a line each: a rename, a token that ends, nobody watching.
[[nodiscard]] std::vector<std::string> remarks_on(const AppFacts& facts);

/// Shows the page again each second, until the person has seen enough (Ctrl-C).
[[nodiscard]] ExitCode keep_showing(const std::function<Result<std::string>()>& page);

/// Why what is live is live, and what happens next: a paragraph for a person.
[[nodiscard]] std::string explanation_of(const AppFacts& facts);

}  // namespace inhaul::cli
