#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>
#include <inhaul/watch/schedule.hpp>

#include "status_view.hpp"

namespace inhaul::cli {
namespace {

constexpr std::size_t subject_shown = 80;
constexpr std::size_t reason_shown = 1000;

std::string named(const CommitId& commit, const std::optional<CommitSummary>& summary) {
    if (!summary) return commit.short_form();
    return fmt::format("{} \"{}\"", commit.short_form(),
                       printable(summary->subject, subject_shown));
}

std::string age(TimePoint then, TimePoint now) {
    return format_age(std::max(now - then, Milliseconds{0}));
}

std::string what_is_live(const AppFacts& facts) {
    const auto& live = facts.live;
    if (!live.tree) return "inhaul has deployed nothing yet.";
    if (live.switch_incomplete)
        return fmt::format("The directory is half {} and half another commit.",
                           live.tree->short_form());
    if (!ledger::proven(live))
        return fmt::format("The directory is at {}, which is not proven to run.",
                           named(*live.tree, facts.live_summary));
    auto text = named(*live.tree, facts.live_summary) + " is live";
    if (live.since) text += fmt::format(" for {}", age(*live.since, facts.now));
    if (const auto& made = facts.made_live)
        text += fmt::format(": deployment {}, {}", made->number, to_string(made->trigger));
    return text + ".";
}

std::string what_the_branch_is(const AppFacts& facts) {
    const auto& watch = facts.watch;
    const auto branch = facts.settings.branch.text();
    if (!watch.head || !watch.answered)
        return fmt::format("Where the branch {} is has not been heard yet.", branch);
    const auto then = age(*watch.answered, facts.now);
    if (watch.head == facts.live.tree)
        return fmt::format("The branch {} was there as well {} ago.", branch, then);
    return fmt::format("The branch {} was at {} {} ago.", branch, watch.head->short_form(), then);
}

/// When a watcher asks the next time, or that none does.
std::string next_question(const AppFacts& facts) {
    const auto app = facts.settings.app.text();
    if (const auto& schedule = facts.schedule)
        return fmt::format("The branch is asked again {}",
                           setup::sentence_of(*schedule, facts.now));
    if (!facts.watched)
        return fmt::format(
            "Nothing happens by itself, since no watcher runs: `inhaul deploy {}` deploys the head "
            "now",
            app);
    const auto& next = facts.watch.next_poll;
    const auto when =
        next && *next > facts.now ? "in " + format_age(*next - facts.now) : std::string{"now"};
    return fmt::format("The branch is asked again {}{}", when,
                       facts.relay.connected ? ", or as soon as the relay tells of a push" : "");
}

/// It begins with a commit's name, which is never written with a capital letter.
bool begins_with_commit(std::string_view text) {
    const auto word = text.substr(0, text.find(' '));
    return word.size() == 7 && word.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z' && !begins_with_commit(text))
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (text.empty() || std::string_view{".?!"}.find(text.back()) == std::string_view::npos)
        text += '.';
    return text;
}

std::string after_pause(const AppFacts& facts) {
    const auto& pause = *facts.restrictions.pause;
    const auto head = watch::due(facts.watch);
    const auto what =
        head ? head->short_form() + " is deployed" : std::string{"what is pushed is deployed"};
    const auto resume = fmt::format("`inhaul resume {}`", facts.settings.app.text());
    if (!pause.until) return fmt::format("With {} {}", resume, what);
    return fmt::format("On {}, or with {}, {}", format_local(*pause.until), resume, what);
}

/// After a deployment that is why the head is not live.
std::string after_bad_end(const AppFacts& facts) {
    const auto app = facts.settings.app.text();
    const auto& head = facts.watch.head;
    if (head && facts.restrictions.quarantined(*head) != nullptr)
        return fmt::format("The next push is deployed; `inhaul retry {}` tries this commit again",
                           app);
    if (std::holds_alternative<deployment::Refused>(facts.bad->state))
        return fmt::format(
            "The next push is judged anew; `inhaul deploy {} --force` deploys this one in spite of "
            "it",
            app);
    if (watch::due(facts.watch) && facts.watched) {
        const auto& next = facts.watch.next_poll;
        return fmt::format(
            "It is tried again {}, or now with `inhaul deploy {}`",
            next && *next > facts.now ? "in " + format_age(*next - facts.now) : std::string{"soon"},
            app);
    }
    return fmt::format(
        "The next push is deployed; `inhaul deploy {}` tries again once the cause is fixed", app);
}

std::string what_comes_next(const AppFacts& facts, const std::string& state) {
    const auto app = facts.settings.app.text();
    if (state == "deploying") return "It is at work";
    if (state == "interrupted")
        return facts.watched ? std::string{"The watcher takes it up"}
               : facts.schedule
                   ? fmt::format("The next run of the {} takes it up", facts.schedule->by)
                   : fmt::format("`inhaul deploy {}` takes it up", app);
    if (state == "paused") return after_pause(facts);
    if (state == "pinned") return fmt::format("It stays there until `inhaul unpin {}`", app);
    if (state == "waiting" && facts.restrictions.hold->until)
        return fmt::format(
            "The gate is asked again on {}; `inhaul deploy {} --force` deploys it in "
            "spite of it",
            format_local(*facts.restrictions.hold->until), app);
    if (state == "rolled-back" || state == "failed" || state == "refused")
        return after_bad_end(facts);
    if (state == "held")
        return fmt::format("The next push is deployed; `inhaul deploy {}` deploys the head now",
                           app);
    return next_question(facts);
}

}  // namespace

std::string explanation_of(const AppFacts& facts) {
    const auto state = state_of(facts);
    auto text = fmt::format("{}: {} {}", facts.settings.app.text(), what_is_live(facts),
                            what_the_branch_is(facts));
    if (state.word != "up-to-date") text += " " + sentence(printable(state.sentence, reason_shown));
    if (const auto held = held_back(facts); held && facts.watch.poll_error)
        text += " " + sentence(printable(held->sentence, reason_shown));
    if (const auto line = not_reloaded(facts)) text += " " + sentence("The settings are " + *line);
    return text + " " + sentence(what_comes_next(facts, state.word));
}

}  // namespace inhaul::cli
