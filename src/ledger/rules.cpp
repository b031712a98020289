// SPDX-License-Identifier: Apache-2.0
#include <inhaul/ledger/rules.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <inhaul/fault.hpp>
#include <inhaul/util/clock.hpp>

#include "report_rules.hpp"

namespace inhaul::ledger {
namespace {

using namespace deployment;

/// What entering a state implies for the directory and the service.
struct Learning {
    Live& live;
    TimePoint now;
    bool was_touched = false;

    void operator()(const Switching& state) const {
        live.switch_incomplete = true;
        // Until the rollback ends, the running commit is unknown.
        if (state.rollback) live.restarted.reset();
    }
    void operator()(const Activating& state) const { tree_is(state.target); }
    void operator()(const Restarting& state) const { tree_is(state.target); }
    void operator()(const Probing& state) const {
        tree_is(state.target);
        if (!state.rollback) live.restarted = state.target;
    }
    /// A failure past the switch needs another restart.
    void operator()(const Failed& /*state*/) const {
        if (was_touched) live.restarted.reset();
    }
    void operator()(const Finishing& state) const { mark_verified(state.target); }
    void operator()(const Succeeded& state) const {
        state.verified ? mark_verified(state.commit) : tree_is(state.commit);
    }
    void operator()(const RolledBack& state) const {
        mark_verified(state.commit);
        live.restarted = state.commit;
    }
    template <class Other>
    void operator()(const Other& /*state*/) const {}

private:
    /// Also without a switch: a user may have checked out the target.
    void tree_is(const CommitId& target) const {
        if (live.switch_incomplete || live.tree != target) live.since = now;
        live.tree = target;
        live.switch_incomplete = false;
    }
    void mark_verified(const CommitId& target) const {
        tree_is(target);
        live.last_known_good = target;
    }
};

Live after_save(Live live, const Record& record, TimePoint now) {
    std::visit(Learning{live, now, touched(record)}, record.state);
    return live;
}

/// `last_known_good`: after the save.
QuarantineChange quarantine_change(const Record& record,
                                   const std::optional<CommitId>& last_known_good,
                                   const std::optional<CommitId>& processed_head, TimePoint now) {
    const auto quarantine = [&](const CommitId& commit, const Error& cause) -> QuarantineChange {
        if (!is_commit_fault(cause) || commit == last_known_good) return {};
        return {.added = Quarantined{commit, cause.message, now, record.number}};
    };
    if (const auto* rollback = rollback_of(record.state))
        return quarantine(rollback->bad, rollback->cause);
    if (const auto* failed = std::get_if<Failed>(&record.state)) {
        if (failed->cleared_commit) return {.lifted = failed->cleared_commit};
        // The rollback has quarantined it already.
        if (processed_head && record.to && !began_rollback(record))
            return quarantine(*record.to, failed->cause);
    }
    if (const auto* succeeded = std::get_if<Succeeded>(&record.state))
        return {.lifted = succeeded->commit};
    return {};
}

/// After the end of a deployment.
PollState after_save(PollState poll_state, const Record& record,
                     const std::optional<CommitId>& processed_head) {
    // The deployment has fetched it, some time after its start.
    poll_state.head = processed_head ? processed_head : record.head;
    poll_state.answered = std::max(poll_state.answered.value_or(record.started), record.started);
    if (!processed_head) return poll_state;
    poll_state.processed_head = processed_head;
    if (!poll_state.polled || *poll_state.polled <= record.started) {
        poll_state.poll_error.reset();
        poll_state.poll_error_since.reset();
    }
    return poll_state;
}

/// `next` with the times of `before`, as far as they continue.
PollRecord continued(const PollRecord& before, PollState next, const Moment& now) {
    PollRecord record{.state = std::move(next), .head_known = {}, .silent = {}};
    const auto since = [&](bool continues, const std::optional<Moment>& then) {
        return continues && then ? then : std::optional{now};
    };
    if (record.state.head)
        record.head_known = since(record.state.head == before.state.head, before.head_known);
    if (record.state.poll_error) record.silent = since(true, before.silent);
    return record;
}

/// The time since the last check is stored with the hold.
std::optional<Hold> continued(std::optional<Hold> hold) {
    if (hold) hold->held += std::exchange(hold->since_check, Milliseconds{0});
    return hold;
}

/// The time of `before`, as of `now`, counts if it is about the same commit. A pause is no hold.
std::optional<Hold> after_save(const std::optional<Hold>& before, const Record& record,
                               TimePoint now) {
    const auto* const held = std::get_if<Held>(&record.state);
    if (held == nullptr) return std::nullopt;
    // Restrictions::pause has it. It ends with `inhaul resume`, and is no answer about a commit.
    if (held->gate == pause_gate) return continued(before);
    const bool same = before && before->commit == record.to;
    const auto counted = same ? before->held + before->since_check : Milliseconds{0};
    return Hold{.commit = record.to,
                .gate = held->gate,
                .reason = held->reason,
                .until = held->until,
                .since = same ? before->since : now,
                .held = held->counted.value_or(counted)};
}

Totals after_save(Totals totals, const Record& record) {
    const auto& state = record.state;
    if (std::holds_alternative<Succeeded>(state))
        ++totals.succeeded;
    else if (std::holds_alternative<Failed>(state))
        ++totals.failed;
    else if (std::holds_alternative<RolledBack>(state))
        ++totals.rolled_back;
    else if (std::holds_alternative<Refused>(state))
        ++totals.refused;
    else
        return totals;
    const auto took =
        std::max(record.finished.value_or(record.started) - record.started, Milliseconds{0});
    for (std::size_t i = 0; i < duration_bounds.size(); ++i)
        if (took <= Seconds{duration_bounds.at(i)}) ++totals.within.at(i);
    totals.took += took;
    return totals;
}

}  // namespace

Result<Record> begun(const AppName& app, Trigger trigger, const std::string& origin,
                     const Live& live, const std::optional<Record>& unfinished, TimePoint now) {
    if (unfinished)
        return fail(ErrorCode::internal,
                    fmt::format("begin a deployment of {}: deployment {} is not finished",
                                app.text(), unfinished->number));
    Record record{.app = app, .trigger = trigger, .origin = origin};
    record.from = live.tree;
    record.started = now;
    record.steps.push_back({std::string{name_of(record.state)}, now});
    return record;
}

Live adopted(const CommitId& commit, TimePoint now) {
    return {.tree = commit, .restarted = {}, .since = now, .last_known_good = commit};
}

Live after_undo(Live live, const CommitId& tree, bool restarted, TimePoint now) {
    if (live.tree != tree) live.since = now;
    live.tree = tree;
    live.switch_incomplete = false;
    if (restarted) live.restarted = tree;
    return live;
}

Record entered(Record record, TimePoint now) {
    const auto name = name_of(record.state);
    if (record.steps.empty() || record.steps.back().state != name)
        record.steps.push_back({std::string{name}, now});
    record.finished = is_final(record.state) ? std::optional{now} : std::nullopt;
    return record;
}

bool leaves_record(const State& state) {
    const bool open = std::holds_alternative<Planned>(state) ||
                      std::holds_alternative<Fetching>(state) ||
                      std::holds_alternative<Checking>(state);
    return !open && !deletes_record(state);
}

bool deletes_record(const State& state) {
    return std::holds_alternative<Unchanged>(state) || std::holds_alternative<Held>(state);
}

std::vector<Quarantined> changed_quarantine(std::vector<Quarantined> quarantine,
                                            const QuarantineChange& change) {
    const auto drop = [&](const CommitId& commit) {
        std::erase_if(quarantine, [&](const auto& each) { return each.commit == commit; });
    };
    if (change.lifted) drop(*change.lifted);
    if (!change.added) return quarantine;
    drop(change.added->commit);
    quarantine.push_back(*change.added);
    std::stable_sort(quarantine.begin(), quarantine.end(), [](const auto& one, const auto& other) {
        return one.deployment > other.deployment;
    });
    if (quarantine.size() > quarantines_kept)
        quarantine.erase(quarantine.begin() + quarantines_kept, quarantine.end());
    return quarantine;
}

PollEffects effects_of_poll(const AppName& app, const PollRecord& before, PollState polled,
                            Faults faults, const Moment& now) {
    polled.processed_head = before.state.processed_head;
    polled.settings_read = before.state.settings_read;
    auto poll = continued(before, std::move(polled), now);
    auto reporting = reports_of(app, poll.state, std::move(faults), now.wall);
    return {std::move(poll), std::move(reporting)};
}

SaveEffects effects_of_save(BeforeSave before, const Record& record,
                            const std::optional<CommitId>& processed_head, TimePoint at,
                            const Moment& now) {
    const bool final = is_final(record.state);
    SaveEffects effects{.live = after_save(std::move(before.live), record, at)};
    effects.quarantine = quarantine_change(record, effects.live.last_known_good,
                                           final ? processed_head : std::nullopt, at);
    effects.reporting = reports_of(record, std::move(before.faults), at);
    if (!final) return effects;
    if (processed_head || record.head) {
        effects.poll =
            continued(before.poll, after_save(before.poll.state, record, processed_head), now);
        auto& [reports, faults] = effects.reporting;
        auto answered = reports_of(record.app, effects.poll->state, std::move(faults), now.wall);
        faults = std::move(answered.faults);
        std::move(answered.reports.begin(), answered.reports.end(), std::back_inserter(reports));
    }
    effects.hold = after_save(before.hold, record, now.wall);
    if (!deletes_record(record.state)) effects.totals = after_save(before.totals, record);
    return effects;
}

std::optional<Pause> current(Pause stored, const std::optional<Deadline>& deadline,
                             const Moment& now) {
    stored.until = end_of(deadline, now);
    if (stored.until && *stored.until <= now.wall) return std::nullopt;
    return stored;
}

Hold current(Hold stored, const Deadline& deadline, const Moment& now) {
    stored.since_check = passed(deadline.begun, now);
    stored.until = end_of(deadline, now);
    if (stored.until && clock_was_set(deadline.begun, now))
        stored.until = std::min(*stored.until, now.wall);
    return stored;
}

const Quarantined* Restrictions::quarantined(const CommitId& commit) const {
    const auto found = std::find_if(quarantine.begin(), quarantine.end(),
                                    [&](const auto& each) { return each.commit == commit; });
    return found == quarantine.end() ? nullptr : &*found;
}

std::string paused_text(const std::optional<Milliseconds>& time) {
    return time ? "paused for " + format_duration(*time) : std::string{"paused"};
}

std::string pinned_text(const CommitId& commit) {
    return "pinned to " + commit.short_form();
}

void Timeline::begin(const Record& record, const Moment& now) {
    anchor_ = {record.number, now.wall, now};
}

TimePoint Timeline::time_of(const Record& record, const Moment& now) {
    if (!anchor_ || anchor_->deployment != record.number) {
        const auto last = record.steps.empty() ? record.started : record.steps.back().entered;
        anchor_ = {record.number, std::max(now.wall, last), now};
    }
    return anchor_->from + passed(anchor_->met, now);
}

void Timeline::renumber(DeploymentNumber provisional, DeploymentNumber number) {
    if (anchor_ && anchor_->deployment == provisional) anchor_->deployment = number;
}

}  // namespace inhaul::ledger
