// SPDX-License-Identifier: Apache-2.0
#include "status_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/watch/schedule.hpp>

#include "record_view.hpp"

namespace inhaul::cli {
namespace {

using Kind = AppState::Kind;
using Tone = AppState::Tone;

std::string by_operator(const ledger::Operator& by, TimePoint since,
                        const std::optional<TimePoint>& until = std::nullopt) {
    auto text = fmt::format("by {} on {}", by.who, format_local(since));
    if (until) text += " until " + format_local(*until);
    return by.why.empty() ? text : text + ": " + by.why;
}

/// True if several polls, or runs of `once`, were missed: the last answer then says nothing about
/// now.
bool stale(const AppFacts& facts) {
    if (facts.schedule) return facts.schedule->late;
    const auto interval = facts.settings.relay ? watch::interval_with_relay(
                                                     facts.settings, facts.settings.poll_interval)
                                               : facts.settings.poll_interval;
    const auto old = std::max<Milliseconds>(interval * 3, std::chrono::minutes{15});
    return !facts.watched && facts.poll_state.answered &&
           facts.now - *facts.poll_state.answered > old;
}

AppState polls_failing(const AppFacts& facts) {
    const auto& poll_error = *facts.poll_state.poll_error;
    const auto last =
        facts.poll_state.answered
            ? fmt::format("last answer {}", ago(*facts.poll_state.answered, facts.now))
            : std::string{"no answer yet"};
    return {Kind::polls_failing,
            with_hint(fmt::format("cannot read the head of {} ({}): {}",
                                  facts.settings.branch.text(), last, poll_error.message),
                      with_quoted_commands(poll_error.hint)),
            Tone::bad};
}

/// The cause has only the last lines of a hook.
std::string with_output_command(std::string text, const ledger::Record& record) {
    const auto command = output_command(record);
    if (command.empty()) return text;
    return with_hint(text, fmt::format("To show the output of the hooks, run `{}`", command));
}

AppState failed(const ledger::Record& record) {
    const auto& cause = std::get<deployment::Failed>(record.state).cause;
    const auto commit = record.to ? record.to->short_form() : std::string{"the last deployment"};
    return {Kind::failed,
            with_output_command(with_hint(fmt::format("{} failed: {}", commit, cause.message),
                                          with_quoted_commands(cause.hint)),
                                record),
            Tone::bad};
}

/// Whether and when a commit that was rolled back is retried.
std::string retry_sentence(const CommitId& bad, const AppFacts& facts) {
    const auto& app = facts.settings.app.text();
    if (facts.restrictions.quarantined(bad) != nullptr)
        return fmt::format(
            "inhaul does not retry it until the branch moves. To retry it now, run `{}`",
            inhaul_command("retry " + app));
    if (ledger::due(facts.poll_state) == bad)
        return "inhaul retries it later, because this host or the network caused the failure";
    return fmt::format("inhaul does not retry it automatically. To retry it, run `{}`",
                       inhaul_command("deploy " + app));
}

std::string rollback_in_words(const deployment::RolledBack& back) {
    const auto& [commit, why] = back;
    if (why.bad == commit)
        return fmt::format("a new build of {} failed, and the previous build is live again: {}",
                           commit.short_form(), why.cause.message);
    return fmt::format("{} failed and was rolled back to {}: {}", why.bad.short_form(),
                       commit.short_form(), why.cause.message);
}

AppState rolled_back(const ledger::Record& record, const AppFacts& facts) {
    const auto& back = std::get<deployment::RolledBack>(record.state);
    return {Kind::rolled_back,
            with_hint(with_output_command(rollback_in_words(back), record),
                      retry_sentence(back.why.bad, facts)),
            Tone::bad};
}

AppState refused(const ledger::Record& record) {
    const auto& [gate, reason] = std::get<deployment::Refused>(record.state);
    return {
        Kind::refused,
        fmt::format("{} was refused: {}: {}",
                    record.to ? record.to->short_form() : std::string{"the head"}, gate, reason),
        Tone::warning};
}

/// Returns the commit and the step of an unfinished deployment.
std::string step_of(const ledger::Record& unfinished) {
    const auto commit = unfinished.to ? unfinished.to->short_form() + ", " : std::string{};
    return commit + std::string{deployment::name_of(unfinished.state)};
}

std::string interruption(const AppFacts& facts) {
    return fmt::format("a deployment was interrupted ({})", step_of(*facts.unfinished));
}

/// The failure that keeps the head from being live.
std::optional<AppState> ended_badly(const AppFacts& facts) {
    if (!facts.bad) return std::nullopt;
    if (std::holds_alternative<deployment::Failed>(facts.bad->state)) return failed(*facts.bad);
    if (std::holds_alternative<deployment::RolledBack>(facts.bad->state))
        return rolled_back(*facts.bad, facts);
    return refused(*facts.bad);
}

/// Returns true if the text begins with a commit ID or with the name of the program.
bool begins_in_lower_case(std::string_view text) {
    const auto word = text.substr(0, text.find(' '));
    return word == "inhaul" || is_short_form(word);
}

}  // namespace

std::string_view to_string(AppState::Kind kind) {
    switch (kind) {
        case Kind::up_to_date:
            return "up-to-date";
        case Kind::deploying:
            return "deploying";
        case Kind::interrupted:
            return "interrupted";
        case Kind::failed:
            return "failed";
        case Kind::rolled_back:
            return "rolled-back";
        case Kind::refused:
            return "refused";
        case Kind::waiting:
            return "waiting";
        case Kind::paused:
            return "paused";
        case Kind::pinned:
            return "pinned";
        case Kind::behind:
            return "behind";
        case Kind::operator_chosen:
            return "held";
        case Kind::polls_failing:
            return "cannot-tell";
        case Kind::stale:
            return "stale";
        case Kind::unknown:
            break;
    }
    return "unknown";
}

std::string_view shown(AppState::Kind kind) {
    return kind == Kind::operator_chosen ? "operator-chosen" : to_string(kind);
}

std::string as_sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z' && !begins_in_lower_case(text))
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    const bool ended =
        text.empty() || std::string_view{".?!"}.find(text.back()) != std::string_view::npos;
    if (!ended) text += '.';
    return text;
}

bool head_ended_badly(const AppFacts& facts) {
    return facts.bad && !facts.unfinished;
}

std::optional<std::string> failure_sentence(const AppFacts& facts) {
    if (!head_ended_badly(facts)) return std::nullopt;
    return ended_badly(facts)->sentence;
}

std::optional<std::string> other_failure(const AppFacts& facts) {
    if (!facts.last || (facts.bad && facts.bad->number == facts.last->number)) return std::nullopt;
    const auto& record = *facts.last;
    if (const auto* back = std::get_if<deployment::RolledBack>(&record.state))
        return fmt::format("deployment {}: {}", record.number, rollback_in_words(*back));
    if (std::holds_alternative<deployment::Failed>(record.state))
        return fmt::format("deployment {}: {}", record.number, failed(record).sentence);
    return std::nullopt;
}

bool is_live(const AppFacts& facts) {
    // In a rollback, the service may still be in the start of the failed commit.
    const bool rolling_back = facts.unfinished && ledger::began_rollback(*facts.unfinished) &&
                              facts.live.restarted != facts.live.tree;
    return ledger::is_verified(facts.live) && !rolling_back &&
           !(facts.bad && ledger::stopped_short(*facts.bad));
}

std::optional<CommitId> undeployed(const AppFacts& facts) {
    const auto head = ledger::due(facts.poll_state);
    return head == facts.live.tree && is_live(facts) ? std::nullopt : head;
}

std::optional<AppState> held_back(const AppFacts& facts) {
    const auto& restrictions = facts.restrictions;
    if (const auto& pause = restrictions.pause) {
        return AppState{Kind::paused,
                        "paused " + by_operator(pause->by, pause->since, pause->until),
                        Tone::warning};
    }
    if (const auto& pin = restrictions.pin)
        return AppState{Kind::pinned,
                        fmt::format("pinned to {} {}", pin->commit.short_form(),
                                    by_operator(pin->by, pin->since)),
                        Tone::warning};
    const auto& hold = restrictions.hold;
    if (!hold || !ledger::due(facts.poll_state)) return std::nullopt;
    return AppState{Kind::waiting,
                    fmt::format("{} has been waiting since {}: {}: {}",
                                hold->commit ? hold->commit->short_form() : std::string{"the head"},
                                format_local(hold->since), hold->gate, hold->reason),
                    Tone::warning};
}

AppState state_of(const AppFacts& facts) {
    if (facts.unfinished) {
        if (facts.deploying)
            return {Kind::deploying, fmt::format("deploying ({})", step_of(*facts.unfinished)),
                    Tone::busy};
        return {Kind::interrupted,
                with_hint(interruption(facts),
                          setup::resumption(*facts.unfinished, facts.watched, facts.schedule)),
                Tone::bad};
    }
    if (facts.poll_state.poll_error) return polls_failing(facts);
    if (auto held = held_back(facts)) return std::move(*held);
    if (auto ended = ended_badly(facts)) return std::move(*ended);
    if (const auto head = undeployed(facts))
        return {Kind::behind, fmt::format("{} is not deployed yet", head->short_form()),
                Tone::warning};
    if (const auto& head = facts.poll_state.head; head && facts.live.tree != head)
        return {
            Kind::operator_chosen,
            fmt::format("an operator chose this commit. The next push replaces it. The head of {} "
                        "is {}.",
                        facts.settings.branch.text(), head->short_form()),
            Tone::warning};
    if (!facts.poll_state.answered)
        return {Kind::unknown,
                fmt::format("the head of {} is not known yet", facts.settings.branch.text()),
                Tone::warning};
    if (stale(facts))
        return {
            Kind::stale,
            fmt::format("the head of {} is not known: the last answer was {}",
                        facts.settings.branch.text(), ago(*facts.poll_state.answered, facts.now)),
            Tone::warning};
    return {Kind::up_to_date,
            fmt::format("up to date, last polled {}", ago(*facts.poll_state.answered, facts.now)),
            Tone::good};
}

std::string sentence_without_advice(const AppFacts& facts) {
    auto state = state_of(facts);
    if (state.kind == Kind::interrupted) return interruption(facts);
    if (state.kind != Kind::rolled_back) return std::move(state.sentence);
    return with_output_command(
        rollback_in_words(std::get<deployment::RolledBack>(facts.bad->state)), *facts.bad);
}

}  // namespace inhaul::cli
