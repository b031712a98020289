// SPDX-License-Identifier: Apache-2.0
#include "app_facts.hpp"

#include <inhaul/report/outbox.hpp>
#include <inhaul/setup/doctor.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/file.hpp>

#include <cli/context.hpp>

namespace inhaul::cli {
namespace {

Result<std::vector<FailingTarget>> failing_targets(const Settings& settings,
                                                   const AccountSettings& account,
                                                   ledger::ReportStore& reports) {
    std::vector<FailingTarget> failing;
    for (const auto& target : report::targets_of(account, {settings})) {
        auto state = TRY(reports.target(target.name));
        if (state && !state->error.empty()) failing.push_back({target.name, std::move(*state)});
    }
    return failing;
}

Result<AppFacts> facts_of(const Settings& settings, const AccountSettings& account,
                          ledger::Ledger* ledger, const config::Places& places) {
    AppFacts facts{.settings = settings, .poll_state = {}, .live = {}, .relay = {}};
    facts.now = system_clock().now();
    facts.watched = file::Lock::holder(state_files::agent_lock(places.state)).has_value();
    facts.unit_changed = setup::unit_changed(settings.file, places.state);
    facts.deploying =
        file::Lock::holder(state_files::app_lock(places.state, settings.app)).has_value();
    if (ledger == nullptr) return facts;
    facts.poll_state = TRY(ledger->poll_state(settings.app));
    facts.live = TRY(ledger->live(settings.app));
    facts.relay = TRY(ledger->relay(settings.app));
    facts.restrictions = TRY(ledger->restrictions(settings.app));
    facts.failing_targets = TRY(failing_targets(settings, account, *ledger));
    if (!facts.watched)
        facts.schedule =
            setup::schedule_of(TRY(ledger->scheduled_run(settings.app)), facts.poll_state.polled,
                               timer_enabled(places), facts.now);
    facts.unfinished = TRY(ledger->unfinished(settings.app));
    constexpr std::size_t enough = 50;
    auto newest = TRY(ledger->history(settings.app, enough));
    if (const auto* bad = ledger::ended_badly(newest, facts.poll_state, facts.live))
        facts.bad = *bad;
    for (auto& record : newest) {
        if (!facts.live_summary && record.to == facts.live.tree)
            facts.live_summary = record.summary;
        if (!facts.made_live && record.to == facts.live.tree &&
            std::holds_alternative<deployment::Succeeded>(record.state))
            facts.made_live = record;
        if (!facts.last && record.finished) facts.last = std::move(record);
    }
    return facts;
}

}  // namespace

Result<std::vector<AppFacts>> all_facts(const std::vector<Settings>& apps,
                                        const std::optional<AccountSettings>& account,
                                        const config::Places& places) {
    const auto ledger = TRY(ledger::open_to_read(places.state, system_clock()));
    std::vector<AppFacts> all;
    for (const auto& settings : apps)
        all.push_back(
            TRY(facts_of(settings, account.value_or(AccountSettings{}), ledger.get(), places)));
    return all;
}

}  // namespace inhaul::cli
