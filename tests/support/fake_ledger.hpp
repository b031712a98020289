#pragma once

#include <map>
#include <set>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/verdict.hpp>

namespace inhaul::test {

/// A ledger in memory with the port's rules. It can die: after `saves_left` saves every further
/// one is an error and changes nothing, as when the process had been killed right before it.
struct FakeLedger final : ledger::Ledger {
    explicit FakeLedger(const Clock& with) : clock(with) {}

    const Clock& clock;
    std::vector<ledger::Record> records;
    std::map<AppName, ledger::Live> lives;
    std::map<AppName, ledger::Watch> watches;
    std::map<AppName, ledger::Relay> relays;
    std::map<AppName, ledger::ScheduledRun> runs;
    std::set<std::string> events;
    std::map<std::string, TimePoint> blocks;
    std::map<AppName, ledger::Restrictions> restrictions_by_app;
    std::map<AppName, Moment> held_at;
    std::vector<ledger::Action> orders;
    std::optional<unsigned> saves_left;
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
        ledger::Record record{.number = static_cast<std::int64_t>(records.size()) + 1, .app = app};
        record.trigger = trigger;
        record.origin = origin;
        record.from = lives[app].tree;
        record.started = clock.now();
        records.push_back(record);
        return record;
    }

    Result<void> save(ledger::Record& record,
                      const std::optional<CommitId>& processed_head) override {
        using namespace deployment;
        TRY(spend());
        auto& stored = records.at(static_cast<std::size_t>(record.number) - 1);
        auto& live = lives[record.app];
        const auto target = target_of(record.state);
        if (std::holds_alternative<Switching>(record.state)) live.switch_incomplete = true;
        const auto* const succeeded = std::get_if<Succeeded>(&record.state);
        const bool proven = std::holds_alternative<Finishing>(record.state) ||
                            (succeeded != nullptr && succeeded->proven) ||
                            std::holds_alternative<RolledBack>(record.state);
        if (proven) live.last_known_good = target;
        if (proven || succeeded != nullptr || std::holds_alternative<Activating>(record.state) ||
            std::holds_alternative<Restarting>(record.state) ||
            std::holds_alternative<Probing>(record.state)) {
            live.switch_incomplete = false;
            live.tree = target;
            live.since = clock.now();
        }
        const bool rollback = rollback_of(record.state) != nullptr;
        if (std::holds_alternative<Switching>(record.state) && rollback) live.restarted.reset();
        if (std::holds_alternative<Probing>(record.state) && !rollback) live.restarted = target;
        if (std::holds_alternative<RolledBack>(record.state)) live.restarted = target;
        record.steps.push_back({std::string{name_of(record.state)}, clock.now()});
        if (is_final(record.state)) record.finished = clock.now();
        if (std::holds_alternative<Failed>(record.state) && ledger::touched(record))
            live.restarted.reset();
        judge(record, processed_head);
        if (is_final(record.state) && processed_head)
            watches[record.app].processed_head = processed_head;
        stored = record;
        return {};
    }

    void judge(const ledger::Record& record, const std::optional<CommitId>& processed_head) {
        using namespace deployment;
        auto& restrictions = restrictions_by_app[record.app];
        const auto lift = [&](const CommitId& commit) {
            std::erase_if(restrictions.quarantine,
                          [&](const auto& each) { return each.commit == commit; });
        };
        const auto condemn = [&](const CommitId& commit, const Error& cause) {
            if (!judges_commit(cause) || lives[record.app].last_known_good == commit) return;
            lift(commit);
            restrictions.quarantine.push_back({commit, cause.message, clock.now(), record.number});
        };
        if (const auto* rollback = rollback_of(record.state))
            condemn(rollback->bad, rollback->cause);
        if (const auto* failed = std::get_if<Failed>(&record.state)) {
            if (failed->acquitted) lift(*failed->acquitted);
            if (processed_head && record.to && !ledger::went_back(record))
                condemn(*record.to, failed->cause);
        }
        if (const auto* succeeded = std::get_if<Succeeded>(&record.state)) lift(succeeded->commit);
        if (!is_final(record.state)) return;
        const auto before = std::exchange(restrictions.hold, std::nullopt);
        if (const auto* held = std::get_if<Held>(&record.state)) {
            const bool same = before && before->commit == record.to;
            restrictions.hold = ledger::Hold{record.to, held->gate, held->reason, held->until,
                                             same ? before->since : clock.now()};
            const auto moment = clock.moment();
            if (same) restrictions.hold->held = before->held + passed(held_at[record.app], moment);
            if (held->counted) restrictions.hold->held = *held->counted;
            held_at[record.app] = moment;
        }
    }

    Result<std::optional<ledger::Record>> unfinished(const AppName& app) override {
        for (const auto& record : records)
            if (record.app == app && !deployment::is_final(record.state)) return record;
        return std::optional<ledger::Record>{};
    }

    Result<ledger::Live> live(const AppName& app) override { return lives[app]; }
    Result<void> adopt(const AppName& app, const CommitId& commit) override {
        TRY(spend());
        lives[app] = {
            .tree = commit, .restarted = {}, .since = clock.now(), .last_known_good = commit};
        return {};
    }
    Result<void> withdraw(const ledger::Record& record) override {
        TRY(spend());
        std::erase_if(records, [&](const auto& each) { return each.number == record.number; });
        return {};
    }
    Result<void> save_settings_read(const AppName& app, const std::string& mark) override {
        watches[app].settings_read = mark;
        return {};
    }
    Result<void> undone(const AppName& app, const CommitId& tree, bool restarted) override {
        TRY(spend());
        auto& live = lives[app];
        live.tree = tree;
        live.switch_incomplete = false;
        if (restarted) live.restarted = tree;
        return {};
    }
    Result<ledger::Restrictions> restrictions(const AppName& app) override {
        auto found = restrictions_by_app[app];
        if (found.pause && found.pause->until && *found.pause->until <= clock.now())
            found.pause.reset();
        if (found.hold && held_at.contains(app))
            found.hold->unasked = passed(held_at[app], clock.moment());
        return found;
    }
    Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                       const ledger::Operator& decree) override {
        const auto until = time ? std::optional{clock.now() + *time} : std::nullopt;
        restrictions_by_app[app].pause = ledger::Pause{until, decree, clock.now()};
        return {};
    }
    Result<void> resume(const AppName& app, const ledger::Operator& /*decree*/) override {
        restrictions_by_app[app].pause.reset();
        return {};
    }
    Result<void> pin(const AppName& app, const CommitId& commit,
                     const ledger::Operator& decree) override {
        restrictions_by_app[app].pin = ledger::Pin{commit, decree, clock.now()};
        return {};
    }
    Result<void> unpin(const AppName& app, const ledger::Operator& /*decree*/) override {
        restrictions_by_app[app].pin.reset();
        watches[app].processed_head.reset();
        return {};
    }
    Result<void> retry(const AppName& app, const ledger::Operator& /*decree*/) override {
        restrictions_by_app[app].quarantine.clear();
        watches[app].processed_head.reset();
        return {};
    }
    Result<std::vector<ledger::Action>> actions(const std::optional<AppName>& /*app*/,
                                                std::size_t /*limit*/) override {
        return orders;
    }
    Result<std::optional<ledger::Record>> deployment(ledger::DeploymentNumber number) override {
        for (const auto& record : records)
            if (record.number == number) return std::optional{record};
        return std::optional<ledger::Record>{};
    }
    Result<ledger::Watch> watch(const AppName& app) override { return watches[app]; }
    Result<void> save_watch(const AppName& app, const ledger::Watch& watch) override {
        const auto processed_head = watches[app].processed_head;
        watches[app] = watch;
        watches[app].processed_head = processed_head;
        return {};
    }
    Result<ledger::Relay> relay(const AppName& app) override { return relays[app]; }
    Result<void> save_relay(const AppName& app, const ledger::Relay& relay) override {
        relays[app] = relay;
        return {};
    }
    Result<ledger::ScheduledRun> scheduled_run(const AppName& app) override { return runs[app]; }
    Result<void> note_scheduled_run(const AppName& app, const std::string& by) override {
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
        return std::optional{found->second};
    }
    Result<void> block(const std::string& budget, TimePoint until) override {
        blocks[budget] = until;
        return {};
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
