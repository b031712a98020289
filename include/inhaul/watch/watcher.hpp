// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/forge/forge.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>

/// Decides when to poll and deploy. Never blocks, runs no git, changes no files of an app.
namespace inhaul::watch {

/// The port that starts workers: one process per deployment, with the app's deadline.
class Workers {
public:
    virtual ~Workers() = default;
    /// Receives the worker's exit code; try_later if it was killed.
    using Ended = std::function<void(ExitCode)>;
    /// `origin` is ledger::Record::origin.
    virtual void start(const Settings& settings, const CommitId& expected, Trigger trigger,
                       const std::string& origin, Ended ended) = 0;
    /// Starts a worker that only finishes an interrupted deployment.
    virtual void resume(const Settings& settings, Trigger trigger, Ended ended) = 0;
    /// Returns true if any process deploys the app: it holds the app's lock.
    [[nodiscard]] virtual bool deploying(const AppName& app) = 0;
    /// Ends all running workers; each still calls `ended`.
    virtual void end_all() = 0;
};

/// A push that a relay reports. It only triggers a poll.
struct PushNotice {
    bool genuine = false;  ///< signed with the app's secret
    std::optional<CommitId> before;
    std::optional<CommitId> after;
    std::string delivery = {};  ///< the relay's id for it; not signed
};

/// Polls and deploys the apps of one account. The caller drives it: next_wake() returns when to
/// call tick().
class Watcher {
public:
    struct Ports {
        Ports(forge::Forge& forge_port, Workers& worker_port, ledger::Ledger& ledger,
              const Clock& time)
            : forge(forge_port),
              workers(worker_port),
              polls(ledger),
              deployments(ledger),
              live(ledger),
              restrictions(ledger),
              clock(time) {}

        forge::Forge& forge;
        Workers& workers;
        ledger::PollStore& polls;
        ledger::DeploymentStore& deployments;
        ledger::LiveStore& live;
        ledger::RestrictionStore& restrictions;
        const Clock& clock;
    };
    Watcher(Ports ports, std::uint64_t seed);
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    /// Replaces the apps. An app that stays keeps its state. An app with changed settings is polled
    /// at once. The running worker of a removed app continues. Resets the forge if an app is new,
    /// changed or removed. Fails if the ledger cannot be read.
    [[nodiscard]] Result<void> set_apps(std::vector<Settings> apps);

    /// What an observer learns.
    enum class Happened {
        answered,      ///< the forge gave a real answer
        not_answered,  ///< the poll failed
        deploying,     ///< a worker has started
        deployed,      ///< it has ended, with any result
    };
    using Observer = std::function<void(const AppName&, Happened)>;
    /// Calls the observer after the ledger has the result.
    void observe(Observer observer);

    /// Starts every due poll and worker.
    void tick();
    /// Returns when to call tick() next, unless an event comes first.
    [[nodiscard]] std::optional<SteadyPoint> next_wake() const;

    /// Polls soon. Genuine events cause at most one poll a second. Other events cause one poll in
    /// ten seconds; without a token, no more than the interval allows. After a failure, an unsigned
    /// event causes no poll until the backoff is over; a genuine event does. GitHub may answer with
    /// the commit before a genuine push for some seconds. Then the app is polled again a few times.
    void notify(const AppName& app, const PushNotice& notice);
    /// Sets whether the app's relay is connected. A new connection causes one poll, for events
    /// before it, and then a longer interval. Without a connection the usual interval applies.
    void set_relay_connected(const AppName& app, bool connected);

    /// For `inhaul once`: polls each app now, regardless of its interval, and deploys it if due.
    /// Then idle() is true. Does not poll an app that must wait (backoff, rate limit).
    void poll_each_once();

    /// Starts no more polls and workers.
    void stop();
    /// Returns true if no poll and no worker is running.
    [[nodiscard]] bool idle() const;

    /// Returns one line for the service manager: `3 apps: 2 up to date, 1 with a failed poll (shop:
    /// bad token)`.
    [[nodiscard]] std::string status_line() const;
    /// Returns the most severe exit code since poll_each_once().
    [[nodiscard]] ExitCode exit_code() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul::watch
