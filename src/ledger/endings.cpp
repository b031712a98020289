// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/util/names.hpp>

// Conclusions about an app from its finished deployments.

namespace inhaul::ledger {
namespace {

using namespace deployment;

constexpr std::array scheduler_names{Named{Scheduler::timer, "timer"},
                                     Named{Scheduler::cron, "cron"}};

/// Returns true if a record is about the head, not about a commit that an operator chose.
bool about_head(const Record& record, const PollState& poll_state) {
    const auto& commit = record.head ? record.head : record.to;
    return !commit || !poll_state.head || commit == poll_state.head;
}

/// Returns the commit that a deployment made live and verified.
std::optional<CommitId> made_live(const Record& record) {
    if (const auto* const succeeded = std::get_if<Succeeded>(&record.state))
        return succeeded->verified ? std::optional{succeeded->commit} : std::nullopt;
    if (const auto* const back = std::get_if<RolledBack>(&record.state)) return back->commit;
    return std::nullopt;
}

}  // namespace

bool touched(const Record& record) {
    return std::any_of(record.steps.begin(), record.steps.end(), [](const Step& step) {
        const auto name = step_named(step.state);
        // A step of a later release may have touched anything.
        return !name || (name->stage >= Stage::switching && name->stage <= Stage::finishing);
    });
}

bool entered_stage(const Record& record, Stage stage) {
    return std::any_of(record.steps.begin(), record.steps.end(), [&](const Step& step) {
        const auto name = step_named(step.state);
        return name && name->stage == stage;
    });
}

bool restarted(const Record& record) {
    return entered_stage(record, Stage::probing);
}

bool stopped_short(const Record& record) {
    return std::holds_alternative<Failed>(record.state) && entered_stage(record, Stage::restarting);
}

bool began_rollback(const Record& record) {
    return std::any_of(record.steps.begin(), record.steps.end(), [](const Step& step) {
        const auto name = step_named(step.state);
        return name && name->in_rollback;
    });
}

bool starts_again(const Record& died) {
    return std::holds_alternative<Planned>(resumed(died.state, died.resumptions + 1, {}));
}

std::string_view to_string(Scheduler scheduler) {
    return name_in(scheduler_names, scheduler, "unknown");
}

std::string_view in_words(Scheduler scheduler) {
    return scheduler == Scheduler::timer ? "the timer" : "cron";
}

std::optional<Scheduler> scheduler_from(std::string_view name) {
    return value_in(scheduler_names, name);
}

std::optional<CommitId> due(const PollState& poll_state) {
    if (poll_state.head == poll_state.processed_head) return std::nullopt;
    return poll_state.head;
}

bool has_read(const PollState& poll_state, const std::string& settings_hash) {
    // An agent of an earlier version of inhaul stores only the settings of its last poll.
    const auto& read = poll_state.settings_read;
    return read.empty() ? poll_state.settings_hash.starts_with(settings_hash + "/")
                        : read == settings_hash;
}

bool is_verified(const Live& live) {
    return live.tree && live.tree == live.last_known_good && !live.switch_incomplete;
}

const Record* ended_badly(const std::vector<Record>& newest, const PollState& poll_state,
                          const Live& live) {
    const bool head_is_live = is_verified(live) && live.tree == poll_state.head;
    for (const auto& record : newest) {
        if (!record.finished) continue;
        if (std::holds_alternative<Succeeded>(record.state)) return nullptr;
        const auto* back = std::get_if<RolledBack>(&record.state);
        const bool further_build = back != nullptr && back->why.bad == back->commit;
        if (back != nullptr && !further_build &&
            (!poll_state.head || back->why.bad == poll_state.head))
            return &record;
        const bool failed = std::holds_alternative<Failed>(record.state);
        if (failed && touched(record)) return &record;
        const bool said_no = failed || std::holds_alternative<Refused>(record.state);
        if (said_no && about_head(record, poll_state) && !head_is_live) return &record;
    }
    return nullptr;
}

std::optional<CommitId> live_before(const std::vector<Record>& newest, const Live& live) {
    const auto is_first = [&](const Record& record) {
        return std::holds_alternative<Succeeded>(record.state) && record.to == live.tree;
    };
    const auto first = std::find_if(newest.rbegin(), newest.rend(), is_first);
    if (!live.tree || first == newest.rend()) return std::nullopt;
    for (auto earlier = first.base(); earlier != newest.end(); ++earlier)
        if (const auto commit = made_live(*earlier); commit && commit != live.tree) return commit;
    // The commit that was in the directory before inhaul.
    const auto& adopted = newest.back().from;
    return adopted != live.tree ? adopted : std::nullopt;
}

}  // namespace inhaul::ledger
