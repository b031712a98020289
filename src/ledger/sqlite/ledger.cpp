// SPDX-License-Identifier: Apache-2.0
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/ledger/rules.hpp>

#include "deadlines.hpp"
#include "open_database.hpp"
#include "polls.hpp"
#include "records.hpp"
#include "relays.hpp"
#include "reports.hpp"
#include "restrictions.hpp"
#include "totals.hpp"

namespace inhaul::ledger {
namespace {

using namespace deployment;

class SqliteLedger final : public Ledger {
public:
    SqliteLedger(Database database, const Clock& clock)
        : database_(std::move(database)), clock_(clock) {}

    Result<Record> begin(const AppName& app, Trigger trigger, const std::string& origin) override {
        return database_.writing([&] { return begin_record(app, trigger, origin); });
    }

    Result<void> save(Record& record, const std::optional<CommitId>& processed_head) override {
        const auto now = timeline_.time_of(record, clock_.moment());
        auto next = entered(record, now);
        TRY(database_.writing([&]() -> Result<void> {
            if (!has_number(next) && leaves_record(next.state)) TRY(give_number(database_, next));
            return write(next, processed_head, now);
        }));
        timeline_.renumber(record.number, next.number);
        next.edits_saved.clear();
        record = std::move(next);
        return {};
    }

    Result<void> withdraw(const Record& record) override {
        return database_.writing([&] { return delete_record(database_, record); });
    }

    Result<std::optional<Record>> unfinished(const AppName& app) override {
        return select_unfinished(database_, app);
    }

    Result<Totals> totals(const AppName& app) override { return select_totals(database_, app); }

    Result<Live> live(const AppName& app) override { return select_live(database_, app); }

    Result<void> adopt(const AppName& app, const CommitId& commit) override {
        return database_.writing(
            [&] { return write_live(database_, app, adopted(commit, clock_.now())); });
    }

    Result<void> undone(const AppName& app, const CommitId& tree, bool restarted) override {
        return database_.writing([&]() -> Result<void> {
            auto live = TRY(select_live(database_, app));
            return write_live(database_, app,
                              after_undo(std::move(live), tree, restarted, clock_.now()));
        });
    }

    Result<Restrictions> restrictions(const AppName& app) override {
        return select_restrictions(database_, app, clock_.moment());
    }

    Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                       const Operator& by) override {
        return operator_action(app, paused_text(time), by, [&] {
            return write_pause(database_, app, by, {clock_.moment(), time});
        });
    }
    Result<void> resume(const AppName& app, const Operator& by) override {
        return operator_action(app, resumed_text, by, [&] { return delete_pause(database_, app); });
    }
    Result<void> pin(const AppName& app, const CommitId& commit, const Operator& by) override {
        return operator_action(app, pinned_text(commit), by, [&] {
            return write_pin(database_, app, {commit, by, clock_.now()});
        });
    }
    Result<void> unpin(const AppName& app, const Operator& by) override {
        return operator_action(app, unpinned_text, by, [&]() -> Result<void> {
            TRY(delete_pin(database_, app));
            return forget_processed_head(database_, app);
        });
    }
    Result<void> retry(const AppName& app, const Operator& by) override {
        return operator_action(app, retry_text, by, [&]() -> Result<void> {
            TRY(lift_quarantines(database_, app));
            return forget_processed_head(database_, app);
        });
    }
    Result<std::vector<Action>> actions(const std::optional<AppName>& app,
                                        std::size_t limit) override {
        return select_actions(database_, app, limit);
    }

    Result<PollState> poll_state(const AppName& app) override {
        return TRY(select_poll(database_, app, clock_.moment())).state;
    }

    Result<void> save_poll_state(const AppName& app, const PollState& poll_state) override {
        return database_.writing(
            [&]() -> Result<void> {
                const auto now = clock_.moment();
                const auto faults = TRY(select_faults(database_, app));
                const auto effects = effects_of_poll(app, TRY(select_poll(database_, app, now)),
                                                     poll_state, faults, now);
                TRY(write_poll(database_, app, effects.poll, now));
                return write_reporting(database_, app, faults, effects.reporting);
            },
            Survives::process);
    }

    Result<void> save_settings_read(const AppName& app, const std::string& settings_hash) override {
        return database_.writing([&] { return write_settings_read(database_, app, settings_hash); },
                                 Survives::process);
    }

    Result<Relay> relay(const AppName& app) override { return select_relay(database_, app); }

    Result<void> save_relay(const AppName& app, const Relay& relay) override {
        return database_.writing([&] { return write_relay(database_, app, relay); },
                                 Survives::process);
    }

    Result<ScheduledRun> scheduled_run(const AppName& app) override {
        return select_scheduled_run(database_, app);
    }

    Result<void> note_scheduled_run(const AppName& app, Scheduler by) override {
        return database_.writing(
            [&] { return write_scheduled_run(database_, app, by, clock_.now()); },
            Survives::process);
    }

    Result<bool> first_time(const AppName& app, const std::string& key) override {
        bool first = false;
        TRY(database_.writing([&]() -> Result<void> {
            first = TRY(insert_event(database_, app, key, clock_.now()));
            return {};
        }));
        return first;
    }

    Result<std::optional<TimePoint>> blocked_until(const std::string& budget) override {
        return select_block(database_, budget, clock_.moment());
    }

    Result<void> block(const std::string& budget, TimePoint until) override {
        return database_.writing(
            [&] { return write_block(database_, budget, until, clock_.moment()); });
    }

    Result<ReportNumber> newest_report() override { return select_newest_report(database_); }
    Result<std::vector<Report>> reports_after(ReportNumber number, std::size_t limit) override {
        return select_reports_after(database_, number, limit);
    }
    Result<std::optional<TargetState>> target(const std::string& name) override {
        return select_target(database_, name, clock_.moment());
    }
    Result<void> add_target(const std::string& name) override {
        return database_.writing([&] { return insert_target(database_, name); });
    }
    Result<void> save_target(const std::string& name, const TargetState& state) override {
        return database_.writing(
            [&] { return update_target(database_, name, state, clock_.moment()); });
    }
    Result<void> keep_targets(const std::vector<std::string>& names) override {
        return database_.writing([&] { return delete_other_targets(database_, names); });
    }
    Result<Faults> faults(const AppName& app) override { return select_faults(database_, app); }
    Result<std::optional<Milliseconds>> check_silence(const AppName& app,
                                                      Milliseconds silent_after) override {
        const auto now = clock_.moment();
        const auto since = TRY(select_poll(database_, app, now)).silent;
        if (!since) return std::optional<Milliseconds>{};
        const auto silent_for = passed(*since, now);
        const auto known = TRY(select_faults(database_, app));
        const auto reporting = [&](const Faults& faults) -> Result<Reporting> {
            const auto poll = TRY(select_poll(database_, app, now));
            return reports_of_silence(app, poll.state, faults, silent_for, now.wall);
        };
        if (TRY(reporting(known)).reports.empty()) return std::optional<Milliseconds>{};
        if (silent_for < silent_after) return std::optional{silent_after - silent_for};
        TRY(database_.writing([&]() -> Result<void> {
            const auto faults = TRY(select_faults(database_, app));
            return write_reporting(database_, app, faults, TRY(reporting(faults)));
        }));
        return std::optional<Milliseconds>{};
    }

    Result<std::vector<Record>> history(const std::optional<AppName>& app,
                                        std::size_t limit) override {
        return select_newest(database_, app, limit);
    }
    Result<std::optional<Record>> deployment(DeploymentNumber number) override {
        return select_record(database_, number);
    }

private:
    /// Does an operator action and records it.
    template <class Work>
    Result<void> operator_action(const AppName& app, const std::string& what, const Operator& by,
                                 const Work& work) {
        return database_.writing([&]() -> Result<void> {
            TRY(work());
            return insert_action(database_, {app, clock_.now(), what, by});
        });
    }

    Result<Record> begin_record(const AppName& app, Trigger trigger, const std::string& origin) {
        const auto now = clock_.moment();
        auto record = TRY(begun(app, trigger, origin, TRY(select_live(database_, app)),
                                TRY(select_unfinished(database_, app)), now.wall));
        TRY(insert_record(database_, record));
        timeline_.begin(record, now);
        return record;
    }

    Result<BeforeSave> before_save(const Record& record,
                                   const std::optional<CommitId>& processed_head,
                                   const Moment& now) {
        const auto& app = record.app;
        BeforeSave before{.live = TRY(select_live(database_, app))};
        before.faults = TRY(select_faults(database_, app));
        if (!is_final(record.state)) return before;
        if (processed_head || record.head) before.poll = TRY(select_poll(database_, app, now));
        before.hold = TRY(select_hold(database_, app, now));
        before.totals = TRY(select_totals(database_, app));
        return before;
    }

    Result<void> write(const Record& record, const std::optional<CommitId>& processed_head,
                       TimePoint at) {
        const auto& app = record.app;
        const auto now = clock_.moment();
        const auto before = TRY(before_save(record, processed_head, now));
        const auto effects = effects_of_save(before, record, processed_head, at, now);
        TRY(write_live(database_, app, effects.live));
        TRY(change_quarantine(database_, app, effects.quarantine));
        TRY(write_reporting(database_, app, before.faults, effects.reporting));
        if (!is_final(record.state)) return update_record(database_, record);
        if (effects.poll) TRY(write_poll(database_, app, *effects.poll, now));
        TRY(write_hold(database_, app, effects.hold, now));
        if (effects.totals) TRY(write_totals(database_, app, *effects.totals));
        if (deletes_record(record.state)) return delete_record(database_, record);
        TRY(update_record(database_, record));
        return prune_records(database_, app);
    }

    Database database_;
    const Clock& clock_;
    Timeline timeline_;
};

}  // namespace

Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& state_directory,
                                     const Clock& clock) {
    auto database = TRY(open_database(state_directory));
    TRY(begin_again_after_boot(database, clock.moment()));
    return std::unique_ptr<Ledger>{std::make_unique<SqliteLedger>(std::move(database), clock)};
}

Result<std::unique_ptr<Ledger>> open_to_read(const std::filesystem::path& state_directory,
                                             const Clock& clock) {
    auto database = TRY(open_database_to_read(state_directory));
    if (!database) return std::unique_ptr<Ledger>{};
    return std::unique_ptr<Ledger>{std::make_unique<SqliteLedger>(std::move(*database), clock)};
}

}  // namespace inhaul::ledger
