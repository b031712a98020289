// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include <inhaul/util/backoff.hpp>
#include <inhaul/watch/watcher.hpp>

/// The state that a watcher keeps between events.
namespace inhaul::watch {

enum class Phase {
    waiting,  ///< for its next poll
    polling,
    due,  ///< needs a worker
    working,
    finished,  ///< only for poll_each_once()
};

struct App {
    Settings settings;
    ledger::PollState poll_state = {};
    std::string budget = {};
    Milliseconds interval{};
    Milliseconds plain_interval{};  ///< without a relay
    Phase phase = Phase::waiting;
    SteadyPoint wake = {};  ///< the next poll
    /// When the worker starts again that another process locked out. It needs no poll.
    std::optional<SteadyPoint> retry = {};
    std::optional<SteadyPoint> polled = {};
    bool new_settings = false;  ///< the running poll is the first with them
    bool relay_connected = false;
    bool event_pending = false;         ///< an event came since the last poll, or triggered it
    std::string delivery = {};          ///< of that event
    bool resuming = false;              ///< the worker only finishes an interrupted deployment
    bool hold_counts = false;           ///< a worker ran its gates with these settings
    std::optional<Milliseconds> again;  ///< an event came during a poll: the wait to the next
    std::optional<PushNotice> awaited;  ///< a push that the forge does not know yet
    unsigned times_awaited = 0;
    /// Distinguishes it from an earlier app of the same name when a late callback arrives.
    std::uint64_t generation = 0;
    /// Why the processed head is not live; empty while it is.
    std::string ended = {};
    /// The inputs of `ended`, if no deployment was running.
    struct EndedFrom {
        ledger::DeploymentNumber newest;
        std::optional<CommitId> head;
        std::optional<CommitId> processed_head;
        bool operator==(const EndedFrom&) const = default;
    };
    std::optional<EndedFrom> ended_from = {};
    bool ledger_failing = false;
    bool token_warned = false;
};

/// Returns the hash of the settings behind an app's schedule: a change causes a poll at once.
[[nodiscard]] std::string settings_hash_of(const App& app);

struct Watcher::State {
    State(Ports all_ports, std::uint64_t seed) : ports(all_ports), jitter(seed) {}

    Ports ports;
    Jitter jitter;
    Observer observer = [](const AppName& /*app*/, Happened /*what*/) {};
    std::map<AppName, App> apps;
    std::uint64_t generations = 0;
    bool stopping = false;
    bool once = false;
    ExitCode most_severe = ExitCode::done;

    [[nodiscard]] std::size_t count(Phase phase) const {
        return static_cast<std::size_t>(
            std::count_if(apps.begin(), apps.end(),
                          [&](const auto& entry) { return entry.second.phase == phase; }));
    }
    App* find(const AppName& name, std::uint64_t generation) {
        const auto found = apps.find(name);
        if (found == apps.end() || found->second.generation != generation) return nullptr;
        return &found->second;
    }

    void set_intervals();
    void set_interval(App& app);
    [[nodiscard]] static Milliseconds spacing(const App& app, bool genuine);
    void bring_forward(App& app, Milliseconds spacing, Milliseconds delay = Milliseconds{0});
    [[nodiscard]] std::optional<Milliseconds> soon(App& app);
    void wake_at(App& app, TimePoint at);
    void schedule(App& app, TimePoint at);
    void store(App& app);
    void refresh_heads(App& app);
    void refresh_ended(App& app);
    [[nodiscard]] std::optional<TimePoint> blocked_until(const App& app);
    bool must_wait(App& app);
    void poll(App& app);
    [[nodiscard]] std::vector<App*> apps_polled_with(App& app);
    void answered(App& app, const HeadAnswer& answer);
    void remember_limits(const App& app, const HeadAnswer& answer, TimePoint now);
    void log_changes(App& app, const ledger::PollState& before);
    void warn_of_token(App& app);
    void decide(App& app);
    void start_worker(App& app);
    [[nodiscard]] std::optional<Milliseconds> held_for(const App& app);
    void worker_ended(App& app, ExitCode code);
    [[nodiscard]] bool interrupted(const App& app);
    void resume(App& app);
    void resume_ended(App& app, ExitCode code);
    void retry_worker(App& app);
    void finish_once(App& app, ExitCode code);
};

}  // namespace inhaul::watch
