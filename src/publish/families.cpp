// SPDX-License-Identifier: Apache-2.0
#include "families.hpp"

#include <optional>

namespace inhaul::publish {
namespace {

using Type = Family::Type;

constexpr std::string_view app_label{"app"};

double seconds_since_epoch(const std::optional<TimePoint>& time) {
    return time ? std::chrono::duration<double>(time->time_since_epoch()).count() : 0.0;
}

std::int64_t number(bool value) {
    return value ? 1 : 0;
}
std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// One series for each app.
template <class ValueOf>
Family of_apps(const std::vector<App>& apps, Family family, const ValueOf& value_of) {
    for (const auto& app : apps)
        family.samples.push_back({{{app_label, app.name}}, value_of(app)});
    return family;
}

/// One series for each app with a relay.
template <class ValueOf>
Family of_relayed_apps(const std::vector<App>& apps, Family family, const ValueOf& value_of) {
    for (const auto& app : apps)
        if (app.relay_connected) family.samples.push_back({{{app_label, app.name}}, value_of(app)});
    return family;
}

using Counts = std::vector<std::pair<std::string, std::int64_t>>;

/// One series for each app and each value of a label.
template <class CountsOf>
Family by_label(const std::vector<App>& apps, Family family, std::string_view label,
                const CountsOf& counts_of) {
    for (const auto& app : apps)
        for (const auto& [name, count] : counts_of(app))
            family.samples.push_back({{{app_label, app.name}, {label, name}}, count});
    return family;
}

Family info_of(const std::vector<App>& apps) {
    Family family{"inhaul_app_info", Type::gauge, "An app, with the commit in its directory."};
    for (const auto& app : apps)
        family.samples.push_back({{{app_label, app.name},
                                   {"repository", app.repository},
                                   {"branch", app.branch},
                                   {"commit", app.live},
                                   {"unit", app.units}},
                                  std::int64_t{1}});
    return family;
}

Counts results_of(const App& app) {
    Counts results;
    for (const auto* const result : {"succeeded", "failed", "rolled_back", "refused"}) {
        const auto found = app.totals.deployments.find(result);
        results.emplace_back(result,
                             found == app.totals.deployments.end() ? 0 : number(found->second));
    }
    return results;
}

Durations durations_of(const App& app) {
    Durations durations{.within = app.totals.within, .sum = app.totals.took};
    for (const auto& [result, count] : app.totals.deployments)
        durations.count += count;
    return durations;
}

Counts relay_events_of(const App& app) {
    if (!app.relay_connected) return {};
    Counts events{{"accepted", number(app.totals.accepted_events)}};
    for (const auto& [reason, count] : app.totals.refused_events)
        events.emplace_back(reason, number(count));
    return events;
}

void add_states(std::vector<Family>& families, const std::vector<App>& apps) {
    families.push_back(info_of(apps));
    families.push_back(by_label(
        apps, {"inhaul_app_state", Type::gauge, "1 for each state that the app is in."}, "state",
        [](const App& app) {
            return Counts{{"live", number(app.verified)},  {"deploying", number(app.deploying)},
                          {"failed", number(app.failed)},  {"quarantined", number(app.quarantined)},
                          {"paused", number(app.paused)},  {"pinned", number(app.pinned)},
                          {"waiting", number(app.waiting)}};
        }));
    families.push_back(of_apps(
        apps, {"inhaul_in_sync", Type::gauge, "1 if the live commit is the last known head."},
        [](const App& app) {
            return number(app.verified && !app.head.empty() && app.live == app.head);
        }));
    families.push_back(
        of_apps(apps,
                {"inhaul_forge_last_answer_timestamp_seconds", Type::gauge,
                 "When the forge last reported the head of the branch. 0: never."},
                [](const App& app) { return seconds_since_epoch(app.last_answer); }));
    families.push_back(of_apps(apps,
                               {"inhaul_deployed_timestamp_seconds", Type::gauge,
                                "When the commit in the directory became live. 0: never."},
                               [](const App& app) { return seconds_since_epoch(app.live_since); }));
}

void add_deployments(std::vector<Family>& families, const std::vector<App>& apps) {
    families.push_back(
        by_label(apps, {"inhaul_deployments_total", Type::counter, "Finished deployments."},
                 "result", results_of));
    families.push_back(of_apps(apps,
                               {"inhaul_deployment_duration_seconds", Type::histogram,
                                "How long finished deployments took."},
                               durations_of));
}

void add_connections(std::vector<Family>& families, const std::vector<App>& apps) {
    families.push_back(by_label(apps, {"inhaul_polls_total", Type::counter, "Polls of the branch."},
                                "result", [](const App& app) {
                                    return Counts{{"changed", number(app.totals.changed)},
                                                  {"unchanged", number(app.totals.unchanged)},
                                                  {"error", number(app.totals.errors)}};
                                }));
    families.push_back(
        by_label(apps,
                 {"inhaul_ratelimit_remaining", Type::gauge,
                  "Requests that the forge allows until its limit is reset, at the last answer."},
                 "resource", [](const App& app) {
                     return app.requests_left ? Counts{{"core", *app.requests_left}} : Counts{};
                 }));
    families.push_back(of_relayed_apps(
        apps, {"inhaul_relay_connected", Type::gauge, "1 while the webhook relay is connected."},
        [](const App& app) { return number(*app.relay_connected); }));
    families.push_back(of_relayed_apps(
        apps,
        {"inhaul_relay_reconnects_total", Type::counter, "Connections to the relay that ended."},
        [](const App& app) { return number(app.totals.reconnects); }));
    families.push_back(by_label(apps,
                                {"inhaul_relay_events_total", Type::counter,
                                 "Events of the relay: accepted, or refused for this reason."},
                                "result", relay_events_of));
}

Family notifications_of(const std::vector<Notifications>& all) {
    Family family{"inhaul_notifications_total", Type::counter,
                  "Messages to a notification target."};
    for (const auto& each : all)
        for (const auto& [result, count] :
             {std::pair{"sent", each.sent}, std::pair{"failed", each.failed},
              std::pair{"expired", each.expired}})
            family.samples.push_back({{{"target", each.target}, {"result", result}}, count});
    return family;
}

}  // namespace

double seconds(Milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

std::vector<Family> families_of(const Overview& overview) {
    std::vector<Family> families{{"inhaul_build_info",
                                  Type::gauge,
                                  "The version of inhaul.",
                                  {{{{"version", overview.version}}, std::int64_t{1}}}},
                                 {"inhaul_up",
                                  Type::gauge,
                                  "1 if an agent, a timer or cron deploys pushes.",
                                  {{{}, number(overview.watched)}}}};
    add_states(families, overview.apps);
    add_deployments(families, overview.apps);
    add_connections(families, overview.apps);
    families.push_back(notifications_of(overview.notifications));
    return families;
}

}  // namespace inhaul::publish
