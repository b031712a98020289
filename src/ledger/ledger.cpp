#include <inhaul/ledger/ledger.hpp>
#include <inhaul/verdict.hpp>

#include <fmt/format.h>

#include "deadlines.hpp"
#include "open_database.hpp"
#include "records.hpp"
#include "relays.hpp"
#include "restrictions.hpp"
#include "watches.hpp"

namespace inhaul::ledger {
namespace {

using namespace deployment;

/// What entering a state says about the directory and the service.
struct Learning {
    Live& live;
    TimePoint now;
    bool was_touched = false;

    void operator()(const Switching& state) const {
        live.switch_incomplete = true;
        // Until the way back has led to its end nobody knows what runs.
        if (state.rollback) live.restarted.reset();
    }
    void operator()(const Activating& state) const { tree_is(state.target); }
    void operator()(const Restarting& state) const { tree_is(state.target); }
    void operator()(const Probing& state) const {
        tree_is(state.target);
        if (!state.rollback) live.restarted = state.target;
    }
    /// What failed past its switch is to be started again, whatever was started before.
    void operator()(const Failed& /*state*/) const {
        if (was_touched) live.restarted.reset();
    }
    void operator()(const Finishing& state) const { proven(state.target); }
    void operator()(const Succeeded& state) const {
        state.proven ? proven(state.commit) : tree_is(state.commit);
    }
    void operator()(const RolledBack& state) const {
        proven(state.commit);
        live.restarted = state.commit;
    }
    template <class Other>
    void operator()(const Other& /*state*/) const {}

private:
    /// Also without a switch of ours: somebody else may have put the target there.
    void tree_is(const CommitId& target) const {
        if (live.switch_incomplete || live.tree != target) live.since = now;
        live.tree = target;
        live.switch_incomplete = false;
    }
    void proven(const CommitId& target) const {
        tree_is(target);
        live.last_known_good = target;
    }
};

Result<void> learn(Database& database, const Record& record, TimePoint now) {
    auto live = TRY(select_live(database, record.app));
    std::visit(Learning{live, now, touched(record)}, record.state);
    return write_live(database, record.app, live);
}

/// Which commit has failed, and which is proven.
Result<void> judge(Database& database, const Record& record,
                   const std::optional<CommitId>& processed_head, TimePoint now) {
    const auto good = TRY(select_live(database, record.app)).last_known_good;
    const auto condemn = [&](const CommitId& commit, const Error& cause) -> Result<void> {
        if (!judges_commit(cause) || commit == good) return {};
        return write_quarantine(database, record.app, {commit, cause.message, now, record.number});
    };
    if (const auto* rollback = rollback_of(record.state))
        return condemn(rollback->bad, rollback->cause);
    if (const auto* failed = std::get_if<Failed>(&record.state)) {
        if (failed->acquitted) return lift_quarantine(database, record.app, *failed->acquitted);
        // On the way back it has been judged already.
        if (processed_head && record.to && !went_back(record))
            return condemn(*record.to, failed->cause);
    }
    if (const auto* succeeded = std::get_if<Succeeded>(&record.state))
        return lift_quarantine(database, record.app, succeeded->commit);
    return {};
}

/// Whether it is certain that the deployment leaves a record.
bool stays(const State& state) {
    const bool open = std::holds_alternative<Planned>(state) ||
                      std::holds_alternative<Fetching>(state) ||
                      std::holds_alternative<Checking>(state);
    return !open && !std::holds_alternative<Unchanged>(state) &&
           !std::holds_alternative<Held>(state);
}

/// The record as it is once its state is saved.
Record entered(Record record, TimePoint now) {
    const auto name = name_of(record.state);
    if (record.steps.empty() || record.steps.back().state != name)
        record.steps.push_back({std::string{name}, now});
    record.finished = is_final(record.state) ? std::optional{now} : std::nullopt;
    return record;
}

class SqliteLedger final : public Ledger {
public:
    SqliteLedger(Database database, const Clock& clock)
        : database_(std::move(database)), clock_(clock) {}

    Result<Record> begin(const AppName& app, Trigger trigger, const std::string& origin) override {
        return database_.writing([&] { return begun(app, trigger, origin); });
    }

    Result<void> save(Record& record, const std::optional<CommitId>& processed_head) override {
        const auto now = time_of(record);
        auto next = entered(record, now);
        TRY(database_.writing([&]() -> Result<void> {
            if (!has_number(next) && stays(next.state)) TRY(give_number(database_, next));
            return write(next, processed_head, now);
        }));
        record = std::move(next);
        return {};
    }

    Result<void> withdraw(const Record& record) override {
        return database_.writing([&] { return delete_record(database_, record); });
    }

    Result<std::optional<Record>> unfinished(const AppName& app) override {
        return select_unfinished(database_, app);
    }

    Result<Live> live(const AppName& app) override { return select_live(database_, app); }

    Result<void> adopt(const AppName& app, const CommitId& commit) override {
        const Live live{
            .tree = commit, .restarted = {}, .since = clock_.now(), .last_known_good = commit};
        return database_.writing([&] { return write_live(database_, app, live); });
    }

    Result<void> undone(const AppName& app, const CommitId& tree, bool restarted) override {
        return database_.writing([&]() -> Result<void> {
            auto live = TRY(select_live(database_, app));
            if (live.tree != tree) live.since = clock_.now();
            live.tree = tree;
            live.switch_incomplete = false;
            if (restarted) live.restarted = tree;
            return write_live(database_, app, live);
        });
    }

    Result<Restrictions> restrictions(const AppName& app) override {
        return select_restrictions(database_, app, clock_.moment());
    }

    Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                       const Operator& decree) override {
        const auto what = time ? "paused for " + format_duration(*time) : std::string{"paused"};
        return ordered(app, what, decree, [&] {
            return write_pause(database_, app, decree, {clock_.moment(), time});
        });
    }
    Result<void> resume(const AppName& app, const Operator& decree) override {
        return ordered(app, "resumed", decree, [&] { return delete_pause(database_, app); });
    }
    Result<void> pin(const AppName& app, const CommitId& commit, const Operator& decree) override {
        return ordered(app, "pinned to " + commit.short_form(), decree, [&] {
            return write_pin(database_, app, {commit, decree, clock_.now()});
        });
    }
    Result<void> unpin(const AppName& app, const Operator& decree) override {
        return ordered(app, "unpinned", decree, [&]() -> Result<void> {
            TRY(delete_pin(database_, app));
            return forget_processed_head(database_, app);
        });
    }
    Result<void> retry(const AppName& app, const Operator& decree) override {
        return ordered(app, "asked to try again", decree, [&]() -> Result<void> {
            TRY(lift_quarantines(database_, app));
            return forget_processed_head(database_, app);
        });
    }
    Result<std::vector<Action>> actions(const std::optional<AppName>& app,
                                        std::size_t limit) override {
        return select_actions(database_, app, limit);
    }

    Result<Watch> watch(const AppName& app) override {
        return select_watch(database_, app, clock_.moment());
    }

    Result<void> save_watch(const AppName& app, const Watch& watch) override {
        return database_.writing(
            [&] { return write_watch(database_, app, watch, clock_.moment()); }, Survives::process);
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

    Result<void> note_scheduled_run(const AppName& app, const std::string& by) override {
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

    Result<std::vector<Record>> history(const std::optional<AppName>& app,
                                        std::size_t limit) override {
        return select_newest(database_, app, limit);
    }
    Result<std::optional<Record>> deployment(DeploymentNumber number) override {
        return select_record(database_, number);
    }

private:
    /// What a person orders, and that they did.
    template <class Work>
    Result<void> ordered(const AppName& app, const std::string& what, const Operator& decree,
                         const Work& work) {
        return database_.writing([&]() -> Result<void> {
            TRY(work());
            return insert_action(database_, {app, clock_.now(), what, decree});
        });
    }

    Result<Record> begun(const AppName& app, Trigger trigger, const std::string& origin) {
        if (const auto other = TRY(select_unfinished(database_, app)))
            return fail(ErrorCode::internal,
                        fmt::format("begin a deployment of {}: deployment {} is not finished",
                                    app.text(), other->number));
        Record record{.app = app, .trigger = trigger, .origin = origin};
        record.from = TRY(select_live(database_, app)).tree;
        const auto now = clock_.moment();
        record.started = now.wall;
        record.steps.push_back({std::string{name_of(record.state)}, record.started});
        TRY(insert_record(database_, record));
        line_ = {record.number, now.wall, now};
        return record;
    }

    /// Now, on the deployment's own line of time, which goes on from its last step whatever the
    /// wall clock is set to meanwhile.
    TimePoint time_of(const Record& record) {
        const auto now = clock_.moment();
        if (!line_ || line_->deployment != record.number) {
            const auto last = record.steps.empty() ? record.started : record.steps.back().entered;
            line_ = {record.number, std::max(now.wall, last), now};
        }
        return line_->from + passed(line_->met, now);
    }

    Result<void> write(const Record& record, const std::optional<CommitId>& processed_head,
                       TimePoint now) {
        TRY(learn(database_, record, now));
        TRY(judge(database_, record, is_final(record.state) ? processed_head : std::nullopt, now));
        if (!is_final(record.state)) return update_record(database_, record);
        if (processed_head)
            TRY(write_processed_head(database_, record.app, *processed_head, record.started));
        else if (record.head)
            TRY(write_head(database_, record.app, *record.head, record.started));
        if (const auto* held = std::get_if<Held>(&record.state)) {
            TRY(write_hold(database_, record.app, record.to, *held, clock_.moment()));
            return delete_record(database_, record);
        }
        TRY(delete_hold(database_, record.app));
        if (std::holds_alternative<Unchanged>(record.state))
            return delete_record(database_, record);
        TRY(update_record(database_, record));
        return prune_records(database_, record.app);
    }

    struct Line {
        DeploymentNumber deployment = 0;
        TimePoint from;
        Moment met;  ///< when we first had to do with the deployment
    };

    Database database_;
    const Clock& clock_;
    std::optional<Line> line_;
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
