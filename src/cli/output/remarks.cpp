// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/setup/doctor.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include "record_view.hpp"
#include "status_view.hpp"

namespace inhaul::cli {
namespace {

std::string soon(TimePoint then, TimePoint now) {
    return then <= now ? std::string{"now"} : "in " + format_age(then - now);
}

/// The relay's state in one line. Empty without a relay.
std::optional<std::string> relay_sentence(const AppFacts& facts) {
    if (!facts.settings.relay) return std::nullopt;
    const auto& relay = facts.relay;
    std::string text;
    if (facts.schedule) {
        text = fmt::format("relay: not connected between two runs of {}",
                           in_words(facts.schedule->by));
    } else if (!facts.watched) {
        text = "relay: not connected, because no agent runs";
    } else if (relay.connected) {
        text = fmt::format("relay: connected since {}", format_local(*relay.connected));
    } else if (relay.error) {
        text = with_hint(fmt::format("relay: not connected, polling continues: {}", *relay.error),
                         with_quoted_commands(relay.hint));
    } else {
        text = "relay: not connected yet";
    }
    if (relay.last_event)
        text +=
            fmt::format("; last event {}: {}", ago(*relay.last_event, facts.now), relay.last_word);
    if (relay.reconnects > 0)
        text += fmt::format("; {} {}", relay.reconnects,
                            relay.reconnects == 1 ? "reconnect" : "reconnects");
    return text;
}

std::string failing(const FailingTarget& target) {
    const auto& [name, state] = target;
    const auto since =
        state.error_since ? "have failed since " + format_local(*state.error_since) : "fail";
    return fmt::format("notifications to {} {}: {}. To test the target, run `{}`", name, since,
                       state.error, inhaul_command("notify --test " + name));
}

std::optional<std::string> refused_events(const ledger::Relay& relay) {
    std::string reasons;
    for (const auto& [reason, count] : relay.refused)
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : ", ", reason, count);
    if (reasons.empty()) return std::nullopt;
    return "events refused: " + reasons;
}

}  // namespace

std::optional<std::string> not_reloaded(const AppFacts& facts) {
    if (!facts.watched || ledger::has_read(facts.poll_state, facts.settings.hash))
        return std::nullopt;
    const auto [cause, command] = setup::not_reloaded(facts.settings.file, facts.unit_changed);
    return fmt::format("{}; run `{}`", cause, command);
}

std::vector<std::string> remarks_on(const AppFacts& facts) {
    std::vector<std::string> remarks;
    const auto& poll_state = facts.poll_state;
    if (auto line = not_reloaded(facts)) remarks.push_back(std::move(*line));
    if (facts.schedule)
        remarks.push_back(setup::sentence_of(*facts.schedule, facts.now));
    else if (!facts.watched)
        remarks.push_back(fmt::format("no agent runs for this account; to start it, run `{}`",
                                      setup::start_of_agent(facts.settings.file)));
    const auto wait = poll_state.poll_error ? poll_state.poll_error->not_before : std::nullopt;
    if (wait && *wait > facts.now)
        remarks.push_back("the server permits no poll before " + format_local(*wait));
    if (facts.watched && poll_state.polled)
        remarks.push_back(fmt::format("last polled {}{}", ago(*poll_state.polled, facts.now),
                                      poll_state.next_poll
                                          ? ", next poll " + soon(*poll_state.next_poll, facts.now)
                                          : std::string{}));
    if (facts.watched && poll_state.method && !poll_state.poll_error)
        remarks.push_back("polls " + describe(*poll_state.method, poll_state.session_since));
    if (auto relay = relay_sentence(facts)) {
        remarks.push_back(std::move(*relay));
        if (facts.settings.relay->secret_files.empty())
            remarks.emplace_back(
                "anyone who knows the relay's URL can trigger a poll: set relay.secret_file");
        if (auto refused = refused_events(facts.relay)) remarks.push_back(std::move(*refused));
    }
    for (const auto& target : facts.failing_targets)
        remarks.push_back(failing(target));
    // The state shows only the first of these: a forge that does not answer, a pause, a failure.
    const auto held = held_back(facts);
    if (held && facts.poll_state.poll_error) remarks.push_back(held->sentence);
    if (auto ended = failure_sentence(facts); ended && (held || facts.poll_state.poll_error))
        remarks.push_back(std::move(*ended));
    if (auto line = other_failure(facts)) remarks.push_back(std::move(*line));
    if (poll_state.moved_to)
        remarks.push_back(fmt::format("the repository was renamed to {}: change `repository` in {}",
                                      printable(*poll_state.moved_to),
                                      facts.settings.file.string()));
    if (poll_state.token_expires && *poll_state.token_expires - facts.now < token_warning)
        remarks.push_back(fmt::format("the token {} on {}",
                                      *poll_state.token_expires > facts.now ? "expires" : "expired",
                                      format_local(*poll_state.token_expires)));
    if (facts.live.switch_incomplete)
        remarks.emplace_back("the last switch was interrupted; the next deployment completes it");
    if (facts.last)
        for (const auto& note : facts.last->notes)
            remarks.push_back(note);
    return remarks;
}

}  // namespace inhaul::cli
