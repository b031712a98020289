// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include <initializer_list>
#include <utility>

#include <nlohmann/json.hpp>

namespace inhaul::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Adds the keys of earlier development versions, for scripts that read them.
Json with_former_keys(Json json, std::initializer_list<std::pair<const char*, const char*>> keys) {
    for (const auto& [former, key] : keys)
        json[former] = json.at(key);
    return json;
}

Json json_of(const std::optional<CommitId>& commit) {
    return commit ? Json(commit->hex()) : Json();
}
Json json_of(const std::optional<TimePoint>& time) {
    return time ? Json(format_utc(*time)) : Json();
}
Json json_of(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

Json json_of(const Error& error) {
    return {{"code", to_string(error.code)},
            {"message", error.message},
            {"hint", error.hint},
            {"transient", error.transient}};
}

Json json_of(const std::optional<CommitSummary>& summary) {
    if (!summary) return {};
    return {{"author", summary->author},
            {"subject", summary->subject},
            {"committed", format_utc(summary->committed)}};
}

Json json_of(const std::optional<PollError>& poll_error, const std::optional<TimePoint>& since) {
    if (!poll_error) return {};
    return {{"reason", to_string(poll_error->kind)},
            {"message", poll_error->message},
            {"hint", poll_error->hint},
            {"since", json_of(since)},
            {"not_before", json_of(poll_error->not_before)}};
}

Json json_of(const ledger::Record& record) {
    const auto* failed = std::get_if<deployment::Failed>(&record.state);
    const auto* refused = std::get_if<deployment::Refused>(&record.state);
    const auto* rollback = deployment::rollback_of(record.state);
    auto cause = failed == nullptr ? Json() : json_of(failed->cause);
    if (rollback != nullptr) cause = json_of(rollback->cause);
    auto steps = Json::array();
    for (const auto& step : record.steps)
        steps.push_back({{"state", step.state}, {"entered", format_utc(step.entered)}});
    auto outputs = Json::array();
    for (const auto& output : record.outputs)
        outputs.push_back(with_former_keys({{"hook", output.hook},
                                            {"command", output.command},
                                            {"outcome", output.outcome},
                                            {"in_rollback", output.rollback},
                                            {"output", output.text}},
                                           {{"back", "in_rollback"}}));
    Json json{{"number", ledger::has_number(record) ? Json(record.number) : Json()},
              {"app", record.app.text()},
              {"trigger", to_string(record.trigger)},
              {"origin", record.origin},
              {"from", json_of(record.from)},
              {"to", json_of(record.to)},
              {"commit", json_of(record.summary)},
              {"state", deployment::name_of(record.state)},
              {"cause", std::move(cause)},
              {"gate", refused == nullptr ? Json() : Json(refused->gate)},
              {"reason", refused == nullptr ? Json() : Json(refused->reason)},
              {"rolled_back_to",
               rollback == nullptr ? Json() : json_of(deployment::target_of(record.state))},
              {"resumptions", record.resumptions},
              {"started", format_utc(record.started)},
              {"finished", json_of(record.finished)},
              {"left_stopped", record.left_stopped},
              {"notes", record.notes},
              {"steps", std::move(steps)},
              {"outputs", std::move(outputs)}};
    return with_former_keys(std::move(json), {{"back_to", "rolled_back_to"}});
}

Json json_of(const ledger::Operator& by, TimePoint since) {
    return {{"who", by.who}, {"why", by.why}, {"since", format_utc(since)}};
}

Json restrictions_of(const ledger::Restrictions& restrictions) {
    Json json{{"pause", {}}, {"pin", {}}, {"hold", {}}, {"quarantine", Json::array()}};
    if (const auto& pause = restrictions.pause) {
        json["pause"] = json_of(pause->by, pause->since);
        json["pause"]["until"] = json_of(pause->until);
    }
    if (const auto& pin = restrictions.pin) {
        json["pin"] = json_of(pin->by, pin->since);
        json["pin"]["commit"] = pin->commit.hex();
    }
    if (const auto& hold = restrictions.hold)
        json["hold"] = {{"commit", json_of(hold->commit)},
                        {"gate", hold->gate},
                        {"reason", hold->reason},
                        {"since", format_utc(hold->since)},
                        {"until", json_of(hold->until)}};
    for (const auto& bad : restrictions.quarantine)
        json["quarantine"].push_back({{"commit", bad.commit.hex()},
                                      {"cause", bad.cause},
                                      {"since", format_utc(bad.since)},
                                      {"deployment", bad.deployment}});
    return json;
}

Json relay_of(const AppFacts& facts) {
    if (!facts.settings.relay) return {};
    const auto& relay = facts.relay;
    auto refused = Json::object();
    for (const auto& [reason, count] : relay.refused)
        refused[reason] = count;
    return with_former_keys({{"connected", facts.watched && relay.connected.has_value()},
                             {"since", json_of(relay.connected)},
                             {"signed", !facts.settings.relay->secret_files.empty()},
                             {"error", json_of(relay.error)},
                             {"hint", relay.hint},
                             {"error_since", json_of(relay.error_since)},
                             {"reconnects", relay.reconnects},
                             {"last_event", json_of(relay.last_event)},
                             {"last_result", relay.last_word},
                             {"refused", std::move(refused)}},
                            {{"heard", "connected"},
                             {"trouble", "error"},
                             {"trouble_since", "error_since"},
                             {"last_word", "last_result"}});
}

Json schedule_of(const AppFacts& facts) {
    const auto& schedule = facts.schedule;
    if (!schedule) return {};
    return {{"by", to_string(schedule->by)},
            {"last", json_of(schedule->last)},
            {"late", schedule->late}};
}

Json failing_targets(const AppFacts& facts) {
    auto targets = Json::array();
    for (const auto& [name, state] : facts.failing_targets)
        targets.push_back({{"target", name},
                           {"error", state.error},
                           {"since", json_of(state.error_since)},
                           {"last_sent", json_of(state.sent)}});
    return targets;
}

Json json_of(const AppFacts& facts) {
    const auto state = state_of(facts);
    const auto& poll_state = facts.poll_state;
    Json live{{"commit", json_of(facts.live.tree)},
              {"since", json_of(facts.live.since)},
              {"restarted_with", json_of(facts.live.restarted)},
              {"switch_incomplete", facts.live.switch_incomplete},
              {"last_known_good", json_of(facts.live.last_known_good)},
              {"verified", is_live(facts)},
              {"summary", json_of(facts.live_summary)}};
    Json json{{"app", facts.settings.app.text()},
              {"state", to_string(state.kind)},
              {"sentence", state.sentence},
              {"remarks", remarks_on(facts)},
              {"repository", facts.settings.repository},
              {"branch", facts.settings.branch.text()},
              {"directory", facts.settings.directory.string()},
              {"live", with_former_keys(std::move(live), {{"torn", "switch_incomplete"},
                                                          {"good", "last_known_good"},
                                                          {"proven", "verified"}})},
              {"branch_head", json_of(poll_state.head)},
              {"processed_head", json_of(poll_state.processed_head)},
              {"last_polled", json_of(poll_state.polled)},
              {"last_answer", json_of(poll_state.answered)},
              {"next_poll", json_of(poll_state.next_poll)},
              {"poll_method", poll_state.method ? Json(to_string(*poll_state.method)) : Json()},
              {"session_since", json_of(poll_state.session_since)},
              {"relay", relay_of(facts)},
              {"restrictions", restrictions_of(facts.restrictions)},
              {"failures_in_a_row", poll_state.failures},
              {"poll_error", json_of(poll_state.poll_error, poll_state.poll_error_since)},
              {"moved_to", json_of(poll_state.moved_to)},
              {"token_expires", json_of(poll_state.token_expires)},
              {"failing_targets", failing_targets(facts)},
              {"watched", facts.watched},
              {"schedule", schedule_of(facts)},
              {"reloaded", !not_reloaded(facts)},
              {"deploying", facts.unfinished ? json_of(*facts.unfinished) : Json()},
              {"last_deployment", facts.last ? json_of(*facts.last) : Json()}};
    return with_former_keys(std::move(json), {{"decided", "processed_head"},
                                              {"last_asked", "last_polled"},
                                              {"poll_way", "poll_method"},
                                              {"standing", "restrictions"},
                                              {"trouble", "poll_error"}});
}

/// Bytes that are not UTF-8, such as in a commit's subject, become U+FFFD instead of an exception.
/// Everything that is not ASCII is escaped, so that no terminal acts on it.
std::string dump(const Json& json) {
    return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string status_json(const std::vector<AppFacts>& apps) {
    auto list = Json::array();
    for (const auto& facts : apps)
        list.push_back(json_of(facts));
    return dump({{"apps", std::move(list)}});
}

std::string history_json(const std::vector<ledger::Record>& records,
                         const std::vector<ledger::Action>& actions) {
    auto list = Json::array();
    for (const auto& record : records)
        list.push_back(json_of(record));
    auto done = Json::array();
    for (const auto& action : actions)
        done.push_back({{"app", action.app.text()},
                        {"at", format_utc(action.at)},
                        {"what", action.what},
                        {"who", action.by.who},
                        {"why", action.by.why}});
    return dump(
        with_former_keys({{"deployments", std::move(list)}, {"operator_actions", std::move(done)}},
                         {{"orders", "operator_actions"}}));
}

std::string record_json(const ledger::Record& record) {
    return dump(json_of(record));
}

std::string doctor_json(
    const std::vector<std::pair<std::string, std::vector<setup::Finding>>>& apps, bool well) {
    auto list = Json::array();
    for (const auto& [app, findings] : apps) {
        auto checks = Json::array();
        for (const auto& finding : findings)
            checks.push_back(
                with_former_keys({{"check", finding.what},
                                  {"status", setup::to_string(finding.status)},
                                  {"message", finding.message},
                                  {"hint", finding.hint}},
                                 {{"what", "check"}, {"verdict", "status"}, {"said", "message"}}));
        list.push_back({{"app", app}, {"checks", std::move(checks)}});
    }
    return dump(
        with_former_keys({{"healthy", well}, {"apps", std::move(list)}}, {{"well", "healthy"}}));
}

}  // namespace inhaul::cli
