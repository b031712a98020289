// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/ledger/rules.hpp>

namespace inhaul::test {

/// A ledger in memory with the rules of ledger/rules.hpp. It can simulate a kill: after
/// `saves_left` saves, each further save fails and changes nothing.
struct FakeLedger final : ledger::Ledger {
    explicit FakeLedger(const Clock& with) : clock(with) {}

    const Clock& clock;
    std::vector<ledger::Record> records;
    std::map<AppName, ledger::Live> lives;
    std::map<AppName, ledger::PollRecord> polls;
    std::map<AppName, ledger::Totals> totals_by_app;
    std::map<AppName, ledger::Relay> relays;
    std::map<AppName, ledger::ScheduledRun> runs;
    std::set<std::string> events;
    std::map<std::string, TimePoint> blocks;
    std::map<AppName, ledger::Restrictions> restrictions_by_app;
    std::map<AppName, Moment> held_at, paused_at, polled_at;
    std::map<std::string, Moment> blocked_at;
    std::vector<ledger::Action> actions_newest_first;
    std::vector<ledger::Report> reports;
    std::map<AppName, ledger::Faults> open_faults;
    std::map<std::string, ledger::TargetState> targets;
    std::map<std::string, Moment> targets_saved;
    ledger::DeploymentNumber next_provisional = ledger::first_provisional;
    ledger::Timeline timeline;
    std::optional<unsigned> saves_left;
    bool unavailable = false;  ///< polls and targets cannot be read or written
    unsigned saves = 0;

    Result<void> spend() {
        if (saves_left && *saves_left == 0) return fail(ErrorCode::no_space, "killed", {}, true);
        if (saves_left) --*saves_left;
        ++saves;
        return {};
    }

    Result<ledger::Record> begin(const AppName& app, Trigger trigger,
                                 const std::string& origin) override {
        TRY(spend());
        auto record =
            TRY(ledger::begun(app, trigger, origin, lives[app], TRY(unfinished(app)), clock.now()));
        record.number = next_provisional++;
        timeline.begin(record, clock.moment());
        records.push_back(record);
        return record;
    }

    Result<void> save(ledger::Record& record,
                      const std::optional<CommitId>& processed_head) override {
        TRY(spend());
        const auto stored = std::find_if(records.begin(), records.end(), [&](const auto& each) {
            return each.number == record.number;
        });
        if (stored == records.end()) return fail(ErrorCode::internal, "saved without a beginning");
        const auto now = timeline.time_of(record, clock.moment());
        auto next = ledger::entered(record, now);
        if (!ledger::has_number(next) && ledger::leaves_record(next.state))
            next.number = next_number();
        apply_rules(next, processed_head, now);
        if (ledger::deletes_record(next.state))
            records.erase(stored);
        else
            *stored = next;
        timeline.renumber(record.number, next.number);
        next.edits_saved.clear();
        record = std::move(next);
        return {};
    }

    void add(const AppName& app, ledger::Reporting reporting) {
        open_faults[app] = std::move(reporting.faults);
        for (auto& report : reporting.reports) {
            report.number = static_cast<ledger::ReportNumber>(reports.size()) + 1;
            report.id = std::to_string(report.number);
            reports.push_back(std::move(report));
        }
    }

    [[nodiscard]] ledger::DeploymentNumber next_number() const {
        ledger::DeploymentNumber last = 0;
        for (const auto& record : records)
            if (ledger::has_number(record)) last = std::max(last, record.number);
        return last + 1;
    }

    void apply_rules(const ledger::Record& record, const std::optional<CommitId>& processed_head,
                     TimePoint at) {
        const auto& app = record.app;
        const auto now = clock.moment();
        const auto effects = ledger::effects_of_save(
            {lives[app], open_faults[app], poll(app, now), hold(app, now), totals_by_app[app]},
            record, processed_head, at, now);
        lives[app] = effects.live;
        auto& restrictions = restrictions_by_app[app];
        restrictions.quarantine =
            ledger::changed_quarantine(std::move(restrictions.quarantine), effects.quarantine);
        add(app, effects.reporting);
        if (!deployment::is_final(record.state)) return;
        if (effects.poll) keep(app, *effects.poll, now);
        restrictions.hold = effects.hold;
        held_at[app] = now;
        if (effects.totals) totals_by_app[app] = *effects.totals;
    }

    ledger::PollRecord poll(const AppName& app, const Moment& now) {
        auto found = polls[app];
        if (polled_at.contains(app))
            found.state.next_poll = end_now(found.state.next_poll, polled_at[app], now);
        return found;
    }
    void keep(const AppName& app, const ledger::PollRecord& poll, const Moment& now) {
        polls[app] = poll;
        polled_at[app] = now;
    }

    std::optional<ledger::Hold> hold(const AppName& app, const Moment& now) {
        auto found = restrictions_by_app[app].hold;
        if (!found || !held_at.contains(app)) return found;
        const auto deadline = ledger::deadline_until(found->until, held_at[app]);
        return ledger::current(*std::move(found), deadline, now);
    }
    /// Returns the stored end of a pause or pin, converted to the current wall clock.
    static std::optional<TimePoint> end_now(const std::optional<TimePoint>& until,
                                            const Moment& then, const Moment& now) {
        return ledger::end_of(ledger::deadline_until(until, then), now);
    }

    Result<std::optional<ledger::Record>> unfinished(const AppName& app) override {
        for (const auto& record : records)
            if (record.app == app && !deployment::is_final(record.state)) return record;
        return std::optional<ledger::Record>{};
    }

    Result<ledger::Totals> totals(const AppName& app) override { return totals_by_app[app]; }

    Result<ledger::Live> live(const AppName& app) override { return lives[app]; }
    Result<void> adopt(const AppName& app, const CommitId& commit) override {
        TRY(spend());
        lives[app] = ledger::adopted(commit, clock.now());
        return {};
    }
    Result<void> withdraw(const ledger::Record& record) override {
        TRY(spend());
        std::erase_if(records, [&](const auto& each) { return each.number == record.number; });
        return {};
    }
    Result<void> save_settings_read(const AppName& app, const std::string& mark) override {
        polls[app].state.settings_read = mark;
        return {};
    }
    Result<void> undone(const AppName& app, const CommitId& tree, bool restarted) override {
        TRY(spend());
        lives[app] = ledger::after_undo(lives[app], tree, restarted, clock.now());
        return {};
    }
    Result<ledger::Restrictions> restrictions(const AppName& app) override {
        auto found = restrictions_by_app[app];
        const auto now = clock.moment();
        const auto since = paused_at.contains(app) ? paused_at[app] : now;
        if (found.pause)
            found.pause = ledger::current(*found.pause,
                                          ledger::deadline_until(found.pause->until, since), now);
        found.hold = hold(app, now);
        if (const auto& [state, known, silent] = polls[app]; state.head && known)
            found.head = ledger::KnownHead{*state.head, passed(*known, now)};
        return found;
    }
    Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                       const ledger::Operator& by) override {
        const auto until = time ? std::optional{clock.now() + *time} : std::nullopt;
        restrictions_by_app[app].pause = ledger::Pause{until, by, clock.now()};
        paused_at[app] = clock.moment();
        return operator_action(app, ledger::paused_text(time), by);
    }
    Result<void> resume(const AppName& app, const ledger::Operator& by) override {
        restrictions_by_app[app].pause.reset();
        return operator_action(app, ledger::resumed_text, by);
    }
    Result<void> pin(const AppName& app, const CommitId& commit,
                     const ledger::Operator& by) override {
        restrictions_by_app[app].pin = ledger::Pin{commit, by, clock.now()};
        return operator_action(app, ledger::pinned_text(commit), by);
    }
    Result<void> unpin(const AppName& app, const ledger::Operator& by) override {
        restrictions_by_app[app].pin.reset();
        polls[app].state.processed_head.reset();
        return operator_action(app, ledger::unpinned_text, by);
    }
    Result<void> retry(const AppName& app, const ledger::Operator& by) override {
        restrictions_by_app[app].quarantine.clear();
        polls[app].state.processed_head.reset();
        return operator_action(app, ledger::retry_text, by);
    }
    Result<void> operator_action(const AppName& app, const std::string& what,
                                 const ledger::Operator& by) {
        actions_newest_first.insert(actions_newest_first.begin(), {app, clock.now(), what, by});
        return {};
    }
    Result<std::vector<ledger::Action>> actions(const std::optional<AppName>& app,
                                                std::size_t limit) override {
        std::vector<ledger::Action> found;
        for (const auto& action : actions_newest_first)
            if (found.size() < limit && (!app || action.app == *app)) found.push_back(action);
        return found;
    }
    Result<std::optional<ledger::Record>> deployment(ledger::DeploymentNumber number) override {
        for (const auto& record : records)
            if (record.number == number) return std::optional{record};
        return std::optional<ledger::Record>{};
    }
    Result<ledger::PollState> poll_state(const AppName& app) override {
        if (unavailable) return fail(ErrorCode::io, "read the ledger");
        return poll(app, clock.moment()).state;
    }
    Result<void> save_poll_state(const AppName& app, const ledger::PollState& poll_state) override {
        const auto now = clock.moment();
        const auto effects =
            ledger::effects_of_poll(app, poll(app, now), poll_state, open_faults[app], now);
        keep(app, effects.poll, now);
        add(app, effects.reporting);
        return {};
    }
    Result<ledger::Relay> relay(const AppName& app) override { return relays[app]; }
    Result<void> save_relay(const AppName& app, const ledger::Relay& relay) override {
        relays[app] = relay;
        return {};
    }
    Result<ledger::ScheduledRun> scheduled_run(const AppName& app) override { return runs[app]; }
    Result<void> note_scheduled_run(const AppName& app, ledger::Scheduler by) override {
        auto& run = runs[app];
        run = {clock.now(), run.last, by};
        return {};
    }
    Result<bool> first_time(const AppName& app, const std::string& key) override {
        return events.insert(app.text() + " " + key).second;
    }
    Result<std::optional<TimePoint>> blocked_until(const std::string& budget) override {
        const auto found = blocks.find(budget);
        if (found == blocks.end()) return std::optional<TimePoint>{};
        return end_now(found->second, blocked_at[budget], clock.moment());
    }
    Result<void> block(const std::string& budget, TimePoint until) override {
        const auto now = clock.moment();
        std::erase_if(blocks, [&](const auto& each) {
            return end_now(each.second, blocked_at[each.first], now) <= now.wall;
        });
        blocks[budget] = until;
        blocked_at[budget] = now;
        return {};
    }
    Result<ledger::ReportNumber> newest_report() override {
        return static_cast<ledger::ReportNumber>(reports.size());
    }
    Result<std::vector<ledger::Report>> reports_after(ledger::ReportNumber number,
                                                      std::size_t limit) override {
        std::vector<ledger::Report> found;
        for (const auto& report : reports)
            if (report.number > number && found.size() < limit) found.push_back(report);
        return found;
    }
    Result<std::optional<ledger::TargetState>> target(const std::string& name) override {
        if (!targets.contains(name)) return std::optional<ledger::TargetState>{};
        auto state = targets[name];
        if (targets_saved.contains(name))
            state.next_attempt = end_now(state.next_attempt, targets_saved[name], clock.moment());
        return std::optional{state};
    }
    Result<void> add_target(const std::string& name) override {
        ledger::TargetState state;
        state.done = TRY(newest_report());
        state.github.key = "key of " + name;
        targets.emplace(name, state);
        return {};
    }
    Result<void> save_target(const std::string& name, const ledger::TargetState& state) override {
        TRY(spend());
        if (!targets.contains(name)) return {};
        targets[name] = state;
        targets_saved[name] = clock.moment();
        return {};
    }
    Result<void> keep_targets(const std::vector<std::string>& names) override {
        if (unavailable) return fail(ErrorCode::io, "write the ledger");
        std::erase_if(targets, [&](const auto& each) {
            return std::find(names.begin(), names.end(), each.first) == names.end();
        });
        return {};
    }
    Result<ledger::Faults> faults(const AppName& app) override { return open_faults[app]; }
    Result<std::optional<Milliseconds>> check_silence(const AppName& app,
                                                      Milliseconds silent_after) override {
        const auto& [state, known, silent] = polls[app];
        if (!silent) return std::optional<Milliseconds>{};
        const auto silent_for = passed(*silent, clock.moment());
        auto reporting =
            ledger::reports_of_silence(app, state, open_faults[app], silent_for, clock.now());
        if (reporting.reports.empty()) return std::optional<Milliseconds>{};
        if (silent_for < silent_after) return std::optional{silent_after - silent_for};
        add(app, std::move(reporting));
        return std::optional<Milliseconds>{};
    }
    Result<std::vector<ledger::Record>> history(const std::optional<AppName>& app,
                                                std::size_t limit) override {
        std::vector<ledger::Record> found;
        for (auto record = records.rbegin(); record != records.rend() && found.size() < limit;
             ++record)
            if (!app || record->app == *app) found.push_back(*record);
        return found;
    }
};

}  // namespace inhaul::test
