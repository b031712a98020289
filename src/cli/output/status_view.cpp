#include "status_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/setup/doctor.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/watch/schedule.hpp>

namespace inhaul::cli {
namespace {

using Tone = AppState::Tone;

std::string ago(TimePoint then, TimePoint now) {
    return format_age(std::max(now - then, Milliseconds{0})) + " ago";
}

std::string soon(TimePoint then, TimePoint now) {
    return then <= now ? std::string{"now"} : "in " + format_age(then - now);
}

std::string ordered_by(const ledger::Operator& decree, TimePoint since) {
    auto text = fmt::format("by {} on {}", decree.who, format_local(since));
    return decree.why.empty() ? text : text + ": " + decree.why;
}

std::string with_hint(const std::string& message, const std::string& hint) {
    return hint.empty() ? message : message + ". " + hint;
}

/// An answer this old says nothing about now: several polls, or workers of `once`, were missed.
bool stale(const AppFacts& facts) {
    if (facts.schedule) return facts.schedule->late;
    const auto interval = facts.settings.relay ? watch::interval_with_relay(
                                                     facts.settings, facts.settings.poll_interval)
                                               : facts.settings.poll_interval;
    const auto old = std::max<Milliseconds>(interval * 3, std::chrono::minutes{15});
    return !facts.watched && facts.watch.answered && facts.now - *facts.watch.answered > old;
}

AppState cannot_tell(const AppFacts& facts) {
    const auto& poll_error = *facts.watch.poll_error;
    const auto last = facts.watch.answered ? fmt::format("last real answer {}",
                                                         ago(*facts.watch.answered, facts.now))
                                           : std::string{"never had an answer"};
    return {
        "cannot-tell",
        with_hint(fmt::format("cannot tell where the branch is ({}): {}", last, poll_error.message),
                  poll_error.hint),
        Tone::bad};
}

AppState failed(const ledger::Record& record) {
    const auto& cause = std::get<deployment::Failed>(record.state).cause;
    const auto what = record.to ? record.to->short_form() : std::string{"the last deployment"};
    return {"failed", with_hint(fmt::format("{} failed: {}", what, cause.message), cause.hint),
            Tone::bad};
}

/// Whether a commit that was rolled back is tried again.
std::string tried_again(const CommitId& bad, const AppFacts& facts) {
    const auto& app = facts.settings.app.text();
    if (facts.restrictions.quarantined(bad) != nullptr)
        return fmt::format("it is not tried again before the branch moves, or `inhaul retry {}`",
                           app);
    if (watch::due(facts.watch) == bad)
        return "it is tried again later, since the commit is not to blame";
    return fmt::format("it is not tried again by itself: `inhaul deploy {}`", app);
}

std::string rollback_in_words(const deployment::RolledBack& back) {
    const auto& [commit, why] = back;
    if (why.bad == commit)
        return fmt::format("a further build of {} failed, and the one before it is live again: {}",
                           commit.short_form(), why.cause.message);
    return fmt::format("{} failed and was rolled back to {}: {}", why.bad.short_form(),
                       commit.short_form(), why.cause.message);
}

AppState rolled_back(const ledger::Record& record, const AppFacts& facts) {
    const auto& back = std::get<deployment::RolledBack>(record.state);
    return {"rolled-back", rollback_in_words(back) + "; " + tried_again(back.why.bad, facts),
            Tone::bad};
}

AppState refused(const ledger::Record& record) {
    const auto& [gate, reason] = std::get<deployment::Refused>(record.state);
    return {
        "refused",
        fmt::format("{} is not deployed: {}: {}",
                    record.to ? record.to->short_form() : std::string{"the head"}, gate, reason),
        Tone::warning};
}

/// What keeps the branch's head from being live, or the app from being well.
std::optional<AppState> ended_badly(const AppFacts& facts) {
    if (!facts.bad) return std::nullopt;
    if (std::holds_alternative<deployment::Failed>(facts.bad->state)) return failed(*facts.bad);
    if (std::holds_alternative<deployment::RolledBack>(facts.bad->state))
        return rolled_back(*facts.bad, facts);
    return refused(*facts.bad);
}

/// The last deployment, when it failed and is nevertheless not why the head is not live.
std::optional<std::string> came_to_nothing(const AppFacts& facts) {
    if (!facts.last || (facts.bad && facts.bad->number == facts.last->number)) return std::nullopt;
    const auto& record = *facts.last;
    if (const auto* back = std::get_if<deployment::RolledBack>(&record.state))
        return fmt::format("deployment {}: {}", record.number, rollback_in_words(*back));
    if (std::holds_alternative<deployment::Failed>(record.state))
        return fmt::format("deployment {}: {}", record.number, failed(record).sentence);
    return std::nullopt;
}

/// The relay in a line; nothing without one.
std::optional<std::string> relay_sentence(const AppFacts& facts) {
    if (!facts.settings.relay) return std::nullopt;
    const auto& relay = facts.relay;
    std::string text;
    if (facts.schedule) {
        text = "relay: not listened to between two runs of the " + facts.schedule->by;
    } else if (!facts.watched) {
        text = "relay: nobody listens";
    } else if (relay.connected) {
        text = fmt::format("relay: heard since {}", format_local(*relay.connected));
    } else if (relay.error) {
        text = with_hint(fmt::format("relay: not heard, polling as without it: {}", *relay.error),
                         relay.hint);
    } else {
        text = "relay: not heard yet";
    }
    if (relay.last_event)
        text +=
            fmt::format("; last event {}: {}", ago(*relay.last_event, facts.now), relay.last_word);
    if (relay.reconnects > 0) text += fmt::format("; {} reconnects", relay.reconnects);
    return text;
}

std::optional<std::string> refused_events(const ledger::Relay& relay) {
    std::string reasons;
    for (const auto& [reason, count] : relay.refused)
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : ", ", reason, count);
    if (reasons.empty()) return std::nullopt;
    return "events refused: " + reasons;
}

}  // namespace

std::optional<AppState> held_back(const AppFacts& facts) {
    const auto& restrictions = facts.restrictions;
    if (const auto& pause = restrictions.pause) {
        auto sentence = "paused " + ordered_by(pause->decree, pause->since);
        if (pause->until) sentence += "; until " + format_local(*pause->until);
        return AppState{"paused", std::move(sentence), Tone::warning};
    }
    if (const auto& pin = restrictions.pin)
        return AppState{"pinned",
                        fmt::format("pinned to {} {}", pin->commit.short_form(),
                                    ordered_by(pin->decree, pin->since)),
                        Tone::warning};
    const auto& hold = restrictions.hold;
    if (!hold || !watch::due(facts.watch)) return std::nullopt;
    return AppState{"waiting",
                    fmt::format("{} waits since {}: {}: {}",
                                hold->commit ? hold->commit->short_form() : std::string{"the head"},
                                format_local(hold->since), hold->gate, hold->reason),
                    Tone::warning};
}

AppState state_of(const AppFacts& facts) {
    if (facts.unfinished) {
        const auto name = std::string{deployment::name_of(facts.unfinished->state)};
        const auto what =
            facts.unfinished->to ? facts.unfinished->to->short_form() + ", " : std::string{};
        if (facts.deploying)
            return {"deploying", fmt::format("deploying {}{}", what, name), Tone::busy};
        return {"interrupted",
                fmt::format("a deployment died ({}{}); the next start takes it up", what, name),
                Tone::bad};
    }
    if (facts.watch.poll_error) return cannot_tell(facts);
    if (auto held = held_back(facts)) return std::move(*held);
    if (auto ended = ended_badly(facts)) return std::move(*ended);
    if (const auto head = watch::due(facts.watch))
        return {"behind", fmt::format("{} is to be deployed", head->short_form()), Tone::warning};
    if (const auto& head = facts.watch.head; head && facts.live.tree != head)
        return {"held",
                fmt::format("on a commit chosen by hand until the next push; the branch is at {}",
                            head->short_form()),
                Tone::warning};
    if (!facts.watch.answered)
        return {"unknown", "the branch has not been asked for yet", Tone::warning};
    if (stale(facts))
        return {"stale",
                fmt::format("not known: nobody has asked since {}",
                            ago(*facts.watch.answered, facts.now)),
                Tone::warning};
    return {"up-to-date", fmt::format("up to date as of {}", ago(*facts.watch.answered, facts.now)),
            Tone::good};
}

std::optional<std::string> not_reloaded(const AppFacts& facts) {
    if (!facts.watched || ledger::has_read(facts.watch, facts.settings.hash)) return std::nullopt;
    return fmt::format("not reloaded yet: {} changed after the agent read it; run `{}`",
                       facts.settings.file.string(), setup::reload_of_agent(facts.settings.file));
}

std::vector<std::string> remarks_on(const AppFacts& facts) {
    std::vector<std::string> remarks;
    const auto& watch = facts.watch;
    if (auto line = not_reloaded(facts)) remarks.push_back(std::move(*line));
    if (facts.schedule)
        remarks.push_back(setup::sentence_of(*facts.schedule, facts.now));
    else if (!facts.watched)
        remarks.emplace_back("no watcher runs for this account (inhaul run)");
    if (facts.watched && watch.asked)
        remarks.push_back(fmt::format(
            "asked {}{}", ago(*watch.asked, facts.now),
            watch.next_poll ? ", asks again " + soon(*watch.next_poll, facts.now) : std::string{}));
    if (auto relay = relay_sentence(facts)) {
        remarks.push_back(std::move(*relay));
        if (facts.settings.relay->secret_files.empty())
            remarks.emplace_back(
                "anybody who knows the relay's URL can ring: set relay.secret_file");
        if (auto refused = refused_events(facts.relay)) remarks.push_back(std::move(*refused));
    }
    // What the first line has no room for: a forge that does not answer stands before a pause, and
    // that before a failure.
    const auto held = held_back(facts);
    if (held && facts.watch.poll_error) remarks.push_back(held->sentence);
    if (const auto ended = ended_badly(facts); ended && (held || facts.watch.poll_error))
        remarks.push_back(ended->sentence);
    if (auto line = came_to_nothing(facts)) remarks.push_back(std::move(*line));
    if (watch.moved_to)
        remarks.push_back(fmt::format("the repository is now {}: change `repository` in {}",
                                      printable(*watch.moved_to), facts.settings.file.string()));
    if (watch.token_expires && *watch.token_expires - facts.now < watch::token_warning)
        remarks.push_back(fmt::format("the token ends on {}", format_local(*watch.token_expires)));
    if (facts.live.switch_incomplete)
        remarks.emplace_back("the directory is half old, half new: the next deployment repairs it");
    if (facts.last)
        for (const auto& note : facts.last->notes)
            remarks.push_back(note);
    return remarks;
}

}  // namespace inhaul::cli
