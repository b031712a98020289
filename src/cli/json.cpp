#include "json.hpp"

#include <nlohmann/json.hpp>

namespace inhaul::cli {
namespace {

using Json = nlohmann::ordered_json;

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

Json json_of(const std::optional<CannotTell>& trouble, const std::optional<TimePoint>& since) {
    if (!trouble) return {};
    return {{"reason", to_string(trouble->trouble)},
            {"message", trouble->message},
            {"hint", trouble->hint},
            {"since", json_of(since)},
            {"not_before", json_of(trouble->not_before)}};
}

Json json_of(const ledger::Record& record) {
    const auto* failed = std::get_if<deployment::Failed>(&record.state);
    auto steps = Json::array();
    for (const auto& step : record.steps)
        steps.push_back({{"state", step.state}, {"entered", format_utc(step.entered)}});
    return {{"number", record.number},
            {"app", record.app.text()},
            {"trigger", to_string(record.trigger)},
            {"from", json_of(record.from)},
            {"to", json_of(record.to)},
            {"commit", json_of(record.summary)},
            {"state", deployment::name_of(record.state)},
            {"cause", failed == nullptr ? Json() : json_of(failed->cause)},
            {"resumptions", record.resumptions},
            {"started", format_utc(record.started)},
            {"finished", json_of(record.finished)},
            {"notes", record.notes},
            {"steps", std::move(steps)}};
}

Json relay_of(const AppFacts& facts) {
    if (!facts.settings.relay) return {};
    const auto& relay = facts.relay;
    auto refused = Json::object();
    for (const auto& [reason, count] : relay.refused)
        refused[reason] = count;
    return {{"heard", facts.watched && relay.connected.has_value()},
            {"since", json_of(relay.connected)},
            {"signed", !facts.settings.relay->secret_files.empty()},
            {"trouble", json_of(relay.trouble)},
            {"hint", relay.hint},
            {"trouble_since", json_of(relay.trouble_since)},
            {"reconnects", relay.reconnects},
            {"last_event", json_of(relay.last_event)},
            {"last_word", relay.last_word},
            {"refused", std::move(refused)}};
}

Json json_of(const AppFacts& facts) {
    const auto state = state_of(facts);
    const auto& watch = facts.watch;
    return {{"app", facts.settings.app.text()},
            {"state", state.word},
            {"sentence", state.sentence},
            {"remarks", remarks_on(facts)},
            {"repository", facts.settings.repository},
            {"branch", facts.settings.branch.text()},
            {"directory", facts.settings.directory.string()},
            {"live",
             {{"commit", json_of(facts.live.tree)},
              {"since", json_of(facts.live.since)},
              {"restarted_with", json_of(facts.live.restarted)},
              {"torn", facts.live.torn},
              {"summary", json_of(facts.live_summary)}}},
            {"branch_head", json_of(watch.head)},
            {"decided", json_of(watch.decided)},
            {"last_asked", json_of(watch.asked)},
            {"last_answer", json_of(watch.answered)},
            {"next_poll", json_of(watch.next_poll)},
            {"relay", relay_of(facts)},
            {"failures_in_a_row", watch.failures},
            {"trouble", json_of(watch.trouble, watch.trouble_since)},
            {"moved_to", json_of(watch.moved_to)},
            {"token_expires", json_of(watch.token_expires)},
            {"watched", facts.watched},
            {"deploying", facts.unfinished ? json_of(*facts.unfinished) : Json()},
            {"last_deployment", facts.last ? json_of(*facts.last) : Json()}};
}

/// Bytes that are no UTF-8 (a commit's subject may hold any) become U+FFFD: never an exception.
std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string status_json(const std::vector<AppFacts>& apps) {
    auto list = Json::array();
    for (const auto& facts : apps)
        list.push_back(json_of(facts));
    return dump({{"apps", std::move(list)}});
}

std::string history_json(const std::vector<ledger::Record>& records) {
    auto list = Json::array();
    for (const auto& record : records)
        list.push_back(json_of(record));
    return dump({{"deployments", std::move(list)}});
}

}  // namespace inhaul::cli
