// SPDX-License-Identifier: Apache-2.0
#include <inhaul/report/outbox.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "outbox_state.hpp"

namespace inhaul::report {
namespace {

/// The time between two checks for a start, while a worker runs.
constexpr Milliseconds between_looks{1'000};

NamedTarget github_target(const Settings& settings) {
    NotifyTarget target;
    target.name = "report.github";  // no table [notify.NAME] can have it
    target.type = NotifyTarget::Type::github;
    target.events = {ReportKind::started,     ReportKind::succeeded, ReportKind::failed,
                     ReportKind::rolled_back, ReportKind::refused,   ReportKind::waiting};
    target.url = settings.github->api;
    target.ca_file = settings.ca_file;
    auto report = *settings.github_report;
    if (!report.token_file) report.token_file = settings.token_file;
    target.token_file = report.token_file;
    return {fmt::format("{}/{}", settings.app.text(), target.name), target, settings.app,
            GitHubTarget{*settings.github, std::move(report)}};
}

}  // namespace

std::vector<NamedTarget> targets_of(const AccountSettings& account,
                                    const std::vector<Settings>& apps) {
    std::vector<NamedTarget> targets;
    for (const auto& target : account.targets)
        targets.push_back({target.name, target});
    if (account.otlp) targets.push_back({account.otlp->name, *account.otlp});
    for (const auto& settings : apps) {
        for (const auto& target : settings.targets)
            targets.push_back(
                {fmt::format("{}/{}", settings.app.text(), target.name), target, settings.app});
        if (settings.github_report && settings.github) targets.push_back(github_target(settings));
    }
    return targets;
}

Result<void> add_targets(ledger::ReportStore& reports, const AccountSettings& account,
                         const std::vector<Settings>& apps) {
    for (const auto& named : targets_of(account, apps))
        if (!TRY(reports.target(named.name))) TRY(reports.add_target(named.name));
    return {};
}

Outbox::Outbox(Ports ports, Origin origin, std::filesystem::path lock, std::uint64_t seed)
    : state_(std::make_unique<State>(ports, std::move(origin), std::move(lock), seed)) {}
Outbox::~Outbox() = default;

Result<void> Outbox::set_targets(const AccountSettings& account, const std::vector<Settings>& apps,
                                 bool all) {
    auto& state = *state_;
    TRY(add_targets(state.ports.reports, account, apps));
    auto targets = targets_of(account, apps);
    std::vector<std::string> names;
    for (const auto& named : targets)
        names.push_back(named.name);
    if (all) TRY(state.ports.reports.keep_targets(names));
    // From here on nothing fails. After a failure, the outbox continues with its earlier targets.
    std::map<std::string, TargetQueue> next;
    for (auto& named : targets) {
        const auto name = named.name;
        TargetQueue queue{.named = named};
        if (const auto old = state.queues.find(named.name); old != state.queues.end()) {
            queue = std::move(old->second);
            const auto& before = queue.named.github;
            if (!before || !named.github || before->repository != named.github->repository)
                queue.repository_id.reset();
            queue.named = std::move(named);
            queue.pending = true;
            queue.wake = {};
        }
        next.emplace(name, std::move(queue));
    }
    state.queues = std::move(next);
    state.silent_after = account.silent_after;
    state.apps.clear();
    state.silence_due.clear();
    state.deploying.clear();
    state.wants_starts =
        std::any_of(state.queues.begin(), state.queues.end(), [](const auto& each) {
            return each.second.named.target.events.contains(ReportKind::started);
        });
    for (const auto& settings : apps)
        state.apps.push_back(settings.app);
    for (const auto& app : state.apps)
        state.check_silence(app);
    look_ = true;
    return {};
}

void Outbox::deploys(const AppName& app, bool begins) {
    auto& state = *state_;
    if (begins && state.wants_starts)
        state.deploying.insert(app);
    else
        state.deploying.erase(app);
    state.next_look = state.ports.clock.steady() + between_looks;
    look_ = look_ || !begins;
}

void Outbox::polled(const AppName& app, bool answered) {
    look_ = true;
    auto& state = *state_;
    state.deploying.erase(app);
    if (state.stopping) return;
    if (!answered) return state.check_silence(app);
    state.silence_due.erase(app);
    for (auto& [name, queue] : state.queues)
        if (queue.is_ping() && (!queue.named.app || *queue.named.app == app)) state.ping(queue);
}

void Outbox::tick() {
    auto& state = *state_;
    if (state.stopping || state.queues.empty()) return;
    const auto now = state.ports.clock.steady();
    for (const auto& app : state.apps) {
        const auto due = state.silence_due.find(app);
        if (due == state.silence_due.end() || due->second > now) continue;
        state.check_silence(app);
        look_ = true;
    }
    if (!state.deploying.empty() && state.next_look <= now) {
        look_ = true;
        state.next_look = now + between_looks;
    }
    if (std::exchange(look_, false) && state.has_events()) {
        const auto newest = state.ports.reports.newest_report();
        if (!newest) return state.note_problem(newest.error());
        if (*newest != state.newest)
            for (auto& [name, queue] : state.queues) {
                queue.pending = true;
                // It may replace the report whose time the queue waits for. A wait after a failure
                // is in the ledger.
                queue.wake = std::min(queue.wake, now + between_messages);
            }
        state.newest = *newest;
    }
    for (auto& [name, queue] : state.queues)
        if (const auto wake = state.wake_of(queue); wake && *wake <= now) state.send_next(queue);
    const bool sending = std::any_of(state.queues.begin(), state.queues.end(),
                                     [](const auto& each) { return each.second.in_flight; });
    if (!sending) state.lock.reset();
}

std::optional<SteadyPoint> Outbox::next_wake() const {
    const auto& state = *state_;
    std::optional<SteadyPoint> soonest;
    if (state.stopping || state.queues.empty()) return soonest;
    const auto consider = [&](SteadyPoint at) { soonest = soonest ? std::min(*soonest, at) : at; };
    if (look_) consider(state.ports.clock.steady());
    if (!state.deploying.empty()) consider(state.next_look);
    for (const auto& [app, due] : state.silence_due)
        consider(due);
    for (const auto& [name, queue] : state.queues)
        if (const auto wake = state.wake_of(queue))
            consider(state.lock_busy ? std::max(*wake, state.lock_retry) : *wake);
    return soonest;
}

void Outbox::stop() {
    state_->stopping = true;
}

bool Outbox::idle() const {
    return state_->running == 0;
}

bool Outbox::drained() const {
    const auto& state = *state_;
    if (state.queues.empty()) return true;
    if (look_ || !idle()) return false;
    if (state.lock_busy) return true;
    const auto soon = state.ports.clock.steady() + between_messages;
    return std::none_of(state.queues.begin(), state.queues.end(), [&](const auto& each) {
        const auto wake = state.wake_of(each.second);
        return wake && *wake <= soon;
    });
}

}  // namespace inhaul::report
