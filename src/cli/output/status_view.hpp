// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/publish/overview.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/setup/schedule.hpp>

namespace inhaul::cli {

/// A notification target that did not accept its last message.
struct FailingTarget {
    std::string name;
    ledger::TargetState state;
};

/// What the ledger, the settings and the locks say about one app at one time.
struct AppFacts {
    Settings settings;
    ledger::PollState poll_state;
    ledger::Live live;
    ledger::Relay relay;
    ledger::Restrictions restrictions;
    std::optional<ledger::Record> unfinished;
    std::optional<ledger::Record> last;  ///< the newest finished deployment
    std::optional<ledger::Record> bad;   ///< ledger::ended_badly()
    std::optional<CommitSummary> live_summary;
    std::optional<ledger::Record> made_live;  ///< the newest that succeeded with the live commit
    bool watched = false;                     ///< an agent runs for this account
    bool unit_changed = false;                ///< setup::unit_changed()
    std::optional<setup::Schedule> schedule;  ///< a timer or cron starts `inhaul once`
    bool deploying = false;                   ///< a process holds the app's lock
    std::vector<FailingTarget> failing_targets;
    TimePoint now;
};

/// The state of an app: one word for programs, one sentence for people. An unknown head, or an
/// answer that is too old, is never "up to date".
struct AppState {
    using Tone = publish::Tone;
    enum class Kind {
        up_to_date,
        deploying,
        interrupted,
        failed,
        rolled_back,
        refused,
        waiting,
        paused,
        pinned,
        behind,
        operator_chosen,
        polls_failing,
        stale,
        unknown,
    };
    Kind kind = Kind::unknown;
    std::string sentence;
    Tone tone = Tone::warning;
};
/// The word for programs: up-to-date, deploying, ...
[[nodiscard]] std::string_view to_string(AppState::Kind kind);
/// Returns the state as text for people. JSON and the metrics keep the word "held".
[[nodiscard]] std::string_view shown(AppState::Kind kind);

/// Returns the text with a capital letter and a full stop; an empty text unchanged. A commit or the
/// name of the program stays in lower case.
[[nodiscard]] std::string as_sentence(std::string text);
[[nodiscard]] AppState state_of(const AppFacts& facts);

/// Returns the sentence of the state without advice on a retry.
[[nodiscard]] std::string sentence_without_advice(const AppFacts& facts);

/// Returns the head if it is not processed yet, and not live already. After an operator action
/// inhaul checks the live commit again.
[[nodiscard]] std::optional<CommitId> undeployed(const AppFacts& facts);

/// Returns the pause, the pin or the waiting gate that holds a push back. The rest of the app's
/// state has no effect.
[[nodiscard]] std::optional<AppState> held_back(const AppFacts& facts);

/// Returns true if the last deployment of the head failed, was rolled back or was refused. The rest
/// of the app's state has no effect. False while a deployment is unfinished.
[[nodiscard]] bool head_ended_badly(const AppFacts& facts);

/// Returns the sentence of that deployment.
[[nodiscard]] std::optional<std::string> failure_sentence(const AppFacts& facts);

/// Returns a sentence about the last deployment, if it failed. Returns nothing if its failure is
/// the reason that the head is not live.
[[nodiscard]] std::optional<std::string> other_failure(const AppFacts& facts);

/// Returns true if the directory has the last known good commit. Returns false if a later failure
/// makes it uncertain that the service runs this commit.
[[nodiscard]] bool is_live(const AppFacts& facts);

/// Returns a sentence if the agent still uses older settings than the file has.
[[nodiscard]] std::optional<std::string> not_reloaded(const AppFacts& facts);

/// Returns further facts for an operator, one per line. Examples: a renamed repository, a token
/// that expires, an agent that does not run.
[[nodiscard]] std::vector<std::string> remarks_on(const AppFacts& facts);

/// Shows the page again each second until Ctrl-C. Fails with ErrorCode::usage without a terminal.
[[nodiscard]] ExitCode keep_showing(const std::function<Result<std::string>()>& page);

/// Limit of a sentence on a terminal. A cause and its hint are shorter.
inline constexpr std::size_t sentence_shown = 4000;

/// Returns a paragraph that explains the app's state and the next step.
[[nodiscard]] std::string explanation_of(const AppFacts& facts);

}  // namespace inhaul::cli
