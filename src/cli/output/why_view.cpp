// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/watch/schedule.hpp>

#include "status_view.hpp"

namespace inhaul::cli {
namespace {

constexpr std::size_t subject_shown = 80;

std::string with_subject(const CommitId& commit, const std::optional<CommitSummary>& summary) {
    if (!summary) return commit.short_form();
    return fmt::format("{} \"{}\"", commit.short_form(),
                       printable(summary->subject, subject_shown));
}

std::string age(TimePoint then, TimePoint now) {
    return format_age(std::max(now - then, Milliseconds{0}));
}

std::string trigger_in_words(Trigger trigger) {
    switch (trigger) {
        case Trigger::poll:
            return "triggered by polling";
        case Trigger::relay:
            return "triggered by the relay";
        case Trigger::once:
            return "triggered by `inhaul once`";
        case Trigger::manual:
            break;
    }
    return "triggered by a command";
}

std::string live_sentence(const AppFacts& facts) {
    const auto& live = facts.live;
    if (!live.tree) return "nothing has been deployed yet.";
    if (live.switch_incomplete)
        return fmt::format(
            "the last switch was interrupted: the directory has files of {} and of another commit.",
            live.tree->short_form());
    const auto commit = with_subject(*live.tree, facts.live_summary);
    if (!ledger::is_verified(live))
        return fmt::format(
            "the directory is at {}, which the restart and the probe have not verified.", commit);
    if (!is_live(facts))
        return fmt::format(
            "the directory is at {}, but the service did not restart. The running version is "
            "unknown.",
            commit);
    auto text = live.since
                    ? fmt::format("{} has been live for {}", commit, age(*live.since, facts.now))
                    : commit + " is live";
    if (const auto& made = facts.made_live)
        text += fmt::format(" (deployment {}, {})", made->number, trigger_in_words(made->trigger));
    return text + ".";
}

std::string head_sentence(const AppFacts& facts) {
    const auto& poll_state = facts.poll_state;
    const auto branch = facts.settings.branch.text();
    if (!poll_state.head || !poll_state.answered)
        return fmt::format("The head of {} is not known yet.", branch);
    const auto then = age(*poll_state.answered, facts.now);
    if (poll_state.head == facts.live.tree)
        return fmt::format("The head of {} was the same commit {} ago.", branch, then);
    return fmt::format("The head of {} was {} {} ago.", branch, poll_state.head->short_form(),
                       then);
}

std::string next_poll_sentence(const AppFacts& facts) {
    const auto app = facts.settings.app.text();
    if (const auto& schedule = facts.schedule)
        return fmt::format("The branch is {}", setup::sentence_of(*schedule, facts.now));
    if (!facts.watched)
        return fmt::format(
            "No agent runs, so inhaul deploys no push. To deploy the head now, run `{}`",
            inhaul_command("deploy " + app));
    const auto& next = facts.poll_state.next_poll;
    const auto when =
        next && *next > facts.now ? "in " + format_age(*next - facts.now) : std::string{"now"};
    return fmt::format(
        "The next poll is {}{}", when,
        facts.settings.relay && facts.relay.connected ? ", or when the relay reports a push" : "");
}

std::string after_pause(const AppFacts& facts) {
    const auto& pause = *facts.restrictions.pause;
    const auto head = undeployed(facts);
    const auto deployed =
        "inhaul deploys " + (head ? head->short_form() : std::string{"new pushes"});
    const auto resume =
        fmt::format("after `{}`", inhaul_command("resume " + facts.settings.app.text()));
    if (!pause.until) return fmt::format("{} {}", deployed, resume);
    return fmt::format("{} on {}, or {}", deployed, format_local(*pause.until), resume);
}

/// The hint of a failed rollback names each command that helps.
bool hint_has_commands(const ledger::Record& record) {
    const auto* const failed = std::get_if<deployment::Failed>(&record.state);
    return failed != nullptr && !failed->cause.hint.empty() && ledger::began_rollback(record);
}

/// For a deployment whose failure keeps the head from being live.
std::string after_failure(const AppFacts& facts) {
    const auto app = facts.settings.app.text();
    const auto& head = facts.poll_state.head;
    if (hint_has_commands(*facts.bad)) return "inhaul deploys the next push";
    if (head && facts.restrictions.quarantined(*head) != nullptr)
        return fmt::format("inhaul deploys the next push. To retry this commit now, run `{}`",
                           inhaul_command("retry " + app));
    if (const auto* const refused = std::get_if<deployment::Refused>(&facts.bad->state))
        return refused->gate == deployment::checkout_gate
                   ? "The gates check the next push"
                   : fmt::format(
                         "The gates check the next push. To deploy this commit anyway, run `{}`",
                         inhaul_command(fmt::format("deploy {} --force", app)));
    if (ledger::due(facts.poll_state) && facts.watched) {
        const auto& next = facts.poll_state.next_poll;
        return fmt::format(
            "inhaul retries it {}. To retry it now, run `{}`",
            next && *next > facts.now ? "in " + format_age(*next - facts.now) : std::string{"soon"},
            inhaul_command("deploy " + app));
    }
    return fmt::format("inhaul deploys the next push. After the cause is fixed, run `{}`",
                       inhaul_command("deploy " + app));
}

std::string next_step(const AppFacts& facts, AppState::Kind state) {
    using Kind = AppState::Kind;
    const auto app = facts.settings.app.text();
    if (state == Kind::deploying) return "The deployment is running";
    if (state == Kind::interrupted)
        return facts.watched || facts.schedule || ledger::starts_again(*facts.unfinished)
                   ? setup::resumption(*facts.unfinished, facts.watched, facts.schedule)
                   : fmt::format("To resume it, run `{}`", inhaul_command("deploy " + app));
    if (state == Kind::paused) return after_pause(facts);
    if (state == Kind::pinned)
        return fmt::format("The app stays on this commit until `{}`",
                           inhaul_command("unpin " + app));
    if (state == Kind::waiting && facts.restrictions.hold->until)
        return fmt::format(
            "inhaul checks the gate again on {}. To deploy the commit anyway, run `{}`",
            format_local(*facts.restrictions.hold->until),
            inhaul_command(fmt::format("deploy {} --force", app)));
    if (state == Kind::rolled_back || state == Kind::failed || state == Kind::refused)
        return after_failure(facts);
    if (state == Kind::operator_chosen)
        return fmt::format("inhaul deploys the next push. To deploy the head now, run `{}`",
                           inhaul_command("deploy " + app));
    return next_poll_sentence(facts);
}

}  // namespace

std::string explanation_of(const AppFacts& facts) {
    const auto state = state_of(facts);
    auto text = fmt::format("{}: {} {}", facts.settings.app.text(), live_sentence(facts),
                            head_sentence(facts));
    // head_sentence() says already that the head is up to date or unknown.
    if (state.kind != AppState::Kind::up_to_date && state.kind != AppState::Kind::unknown)
        text += " " + as_sentence(printable(sentence_without_advice(facts), sentence_shown));
    if (const auto held = held_back(facts); held && facts.poll_state.poll_error)
        text += " " + as_sentence(printable(held->sentence, sentence_shown));
    if (const auto line = not_reloaded(facts)) text += " " + as_sentence(*line);
    return text + " " + as_sentence(next_step(facts, state.kind));
}

}  // namespace inhaul::cli
