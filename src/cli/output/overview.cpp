// SPDX-License-Identifier: Apache-2.0
#include "overview.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/publish/page.hpp>
#include <inhaul/report/outbox.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/version.hpp>
#include <inhaul/watch/schedule.hpp>

#include "record_view.hpp"

namespace inhaul::cli {
namespace {

using namespace deployment;

std::string short_name(const std::optional<CommitId>& commit) {
    return commit ? commit->short_form() : std::string{};
}

std::vector<publish::Step> steps_of(const ledger::Record& record) {
    std::vector<publish::Step> steps;
    for (std::size_t i = 0; i + 1 < record.steps.size(); ++i)
        steps.push_back(
            {record.steps[i].state,
             std::max(record.steps[i + 1].entered - record.steps[i].entered, Milliseconds{0})});
    return steps;
}

publish::Deployment deployment_of(const ledger::Record& record) {
    publish::Deployment one;
    one.number = record.number;
    one.trigger = trigger_name(record.trigger);
    one.from = short_name(record.from);
    one.to = short_name(record.to);
    if (record.summary) {
        one.subject = record.summary->subject;
        one.author = record.summary->author;
    }
    one.started = record.started;
    if (record.finished) one.took = std::max(*record.finished - record.started, Milliseconds{0});
    one.steps = steps_of(record);
    one.outcome = name_of(record.state);
    if (const auto* failed = std::get_if<Failed>(&record.state)) {
        one.tone = publish::Tone::bad;
        one.cause = failed->cause.message;
    } else if (const auto* back = std::get_if<RolledBack>(&record.state)) {
        one.tone = publish::Tone::bad;
        one.cause = back->why.cause.message;
    } else if (const auto* refused = std::get_if<Refused>(&record.state)) {
        one.tone = publish::Tone::warning;
        one.cause = refused->gate + ": " + refused->reason;
    } else if (!std::holds_alternative<Succeeded>(record.state)) {
        one.tone = publish::Tone::busy;
    }
    return one;
}

/// The sentence of the state, without the ages that it has on a terminal.
std::string sentence_of(const AppFacts& facts, const AppState& state) {
    switch (state.kind) {
        case AppState::Kind::up_to_date:
            return {};
        case AppState::Kind::polls_failing:
            return fmt::format("cannot read the head of {}: {}", facts.settings.branch.text(),
                               facts.poll_state.poll_error->message);
        case AppState::Kind::stale:
            return fmt::format("the head of {} is no longer known", facts.settings.branch.text());
        default:
            return state.sentence;
    }
}

std::string units_of(const Settings& settings) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    return units == nullptr ? std::string{} : fmt::format("{}", fmt::join(units->names, ","));
}

publish::Totals totals_of(const ledger::Totals& totals, const AppFacts& facts) {
    const auto number = [](std::int64_t value) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    };
    publish::Totals all;
    all.deployments = {{"succeeded", number(totals.succeeded)},
                       {"failed", number(totals.failed)},
                       {"rolled_back", number(totals.rolled_back)},
                       {"refused", number(totals.refused)}};
    std::transform(totals.within.begin(), totals.within.end(), all.within.begin(), number);
    all.took = totals.took;
    all.changed = number(facts.poll_state.polls_changed);
    all.unchanged = number(facts.poll_state.polls_unchanged);
    all.errors = number(facts.poll_state.polls_failed);
    all.reconnects = facts.relay.reconnects;
    all.accepted_events = facts.relay.accepted;
    all.refused_events = facts.relay.refused;
    return all;
}

publish::App app_of(const AppFacts& facts) {
    const auto state = state_of(facts);
    const auto& head = facts.poll_state.head;
    publish::App app;
    app.name = facts.settings.app.text();
    app.repository = facts.settings.repository;
    app.branch = facts.settings.branch.text();
    app.units = units_of(facts.settings);
    app.state = to_string(state.kind);
    app.state_shown = shown(state.kind);
    app.tone = state.tone;
    app.sentence = as_sentence(sentence_of(facts, state));
    const auto held = held_back(facts);
    if (held && held->kind != state.kind) app.remarks.push_back(as_sentence(held->sentence));
    if (auto failure = failure_sentence(facts); failure && failure != state.sentence)
        app.remarks.push_back(as_sentence(*std::move(failure)));
    app.live = facts.live.tree ? facts.live.tree->hex() : std::string{};
    app.verified = is_live(facts);
    if (facts.live_summary) app.live_subject = facts.live_summary->subject;
    app.live_since = facts.live.since;
    app.head = head ? head->hex() : std::string{};
    app.last_answer = facts.poll_state.answered;
    app.requests_left = facts.poll_state.requests_left;
    if (facts.settings.relay) app.relay_connected = facts.watched && facts.relay.connected;
    app.deploying = facts.unfinished && facts.deploying;
    app.failed = head_ended_badly(facts);
    app.quarantined = head && facts.restrictions.quarantined(*head) != nullptr;
    app.paused = facts.restrictions.pause.has_value();
    app.pinned = facts.restrictions.pin.has_value();
    app.waiting = facts.restrictions.hold && ledger::due(facts.poll_state);
    return app;
}

Result<std::vector<publish::Notifications>> notifications_of(ledger::Ledger* ledger,
                                                             const AccountSettings& account,
                                                             const std::vector<AppFacts>& all) {
    std::vector<Settings> apps;
    std::transform(all.begin(), all.end(), std::back_inserter(apps),
                   [](const AppFacts& facts) { return facts.settings; });
    std::vector<publish::Notifications> counts;
    for (const auto& named : report::targets_of(account, apps)) {
        if (named.target.type == NotifyTarget::Type::ping) continue;
        ledger::TargetState state;
        if (ledger != nullptr) state = TRY(ledger->target(named.name)).value_or(state);
        counts.push_back({named.name, state.count_sent, state.count_failed, state.count_expired});
    }
    return counts;
}

}  // namespace

Result<publish::Overview> overview_of(const std::vector<AppFacts>& all,
                                      const AccountSettings& account,
                                      const config::Places& places) {
    publish::Overview overview{.host = account::host_name(),
                               .account = account::current_name(),
                               .version = std::string{version},
                               .written = system_clock().now()};
    const auto ledger = TRY(ledger::open_to_read(places.state, system_clock()));
    for (const auto& facts : all) {
        overview.watched =
            overview.watched || facts.watched || (facts.schedule && !facts.schedule->late);
        auto app = app_of(facts);
        if (ledger) {
            const auto& name = facts.settings.app;
            app.totals = totals_of(TRY(ledger->totals(name)), facts);
            for (const auto& record : TRY(ledger->history(name, publish::deployments_shown)))
                if (record.finished && ledger::has_number(record))
                    app.deployments.push_back(deployment_of(record));
        }
        overview.apps.push_back(std::move(app));
    }
    overview.notifications = TRY(notifications_of(ledger.get(), account, all));
    return overview;
}

}  // namespace inhaul::cli
