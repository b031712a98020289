#pragma once

#include <map>
#include <set>

#include <inhaul/ledger/ledger.hpp>

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
    std::set<std::string> events;
    std::map<std::string, TimePoint> blocks;
    std::optional<unsigned> saves_left;
    unsigned saves = 0;

    Result<void> spend() {
        if (saves_left && *saves_left == 0) return fail(ErrorCode::no_space, "killed", {}, true);
        if (saves_left) --*saves_left;
        ++saves;
        return {};
    }

    Result<ledger::Record> begin(const AppName& app, Trigger trigger) override {
        TRY(spend());
        ledger::Record record{.number = static_cast<std::int64_t>(records.size()) + 1, .app = app};
        record.trigger = trigger;
        record.from = lives[app].tree;
        record.started = clock.now();
        records.push_back(record);
        return record;
    }

    Result<void> save(ledger::Record& record, const std::optional<CommitId>& decided) override {
        using namespace deployment;
        TRY(spend());
        auto& stored = records.at(static_cast<std::size_t>(record.number) - 1);
        auto& live = lives[record.app];
        const auto target = target_of(record.state);
        if (std::holds_alternative<Switching>(record.state)) live.torn = true;
        if (std::holds_alternative<Restarting>(record.state) ||
            std::holds_alternative<Probing>(record.state) ||
            std::holds_alternative<Succeeded>(record.state)) {
            live.torn = false;
            live.tree = target;
            live.since = clock.now();
        }
        if (std::holds_alternative<Probing>(record.state)) live.restarted = target;
        if (is_final(record.state)) record.finished = clock.now();
        if (is_final(record.state) && decided) watches[record.app].decided = decided;
        stored = record;
        return {};
    }

    Result<std::optional<ledger::Record>> unfinished(const AppName& app) override {
        for (const auto& record : records)
            if (record.app == app && !deployment::is_final(record.state)) return record;
        return std::optional<ledger::Record>{};
    }

    Result<ledger::Live> live(const AppName& app) override { return lives[app]; }
    Result<void> adopt(const AppName& app, const CommitId& commit) override {
        TRY(spend());
        lives[app] = {.tree = commit, .restarted = commit, .since = clock.now()};
        return {};
    }
    Result<ledger::Watch> watch(const AppName& app) override { return watches[app]; }
    Result<void> save_watch(const AppName& app, const ledger::Watch& watch) override {
        const auto decided = watches[app].decided;
        watches[app] = watch;
        watches[app].decided = decided;
        return {};
    }
    Result<ledger::Relay> relay(const AppName& app) override { return relays[app]; }
    Result<void> save_relay(const AppName& app, const ledger::Relay& relay) override {
        relays[app] = relay;
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
