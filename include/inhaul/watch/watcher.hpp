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

/// Decides when. Never blocks, runs no git, touches no tree.
namespace inhaul::watch {

/// The port that starts workers: one process a deployment, with the app's deadline.
class Workers {
public:
    virtual ~Workers() = default;
    /// How it ended, as its exit status says; try_later when it was killed.
    using Ended = std::function<void(ExitCode)>;
    /// `origin` is ledger::Record::origin.
    virtual void start(const Settings& settings, const CommitId& expected, Trigger trigger,
                       const std::string& origin, Ended ended) = 0;
    /// Asks all that run to end now; each still calls `ended`.
    virtual void end_all() = 0;
};

/// A push that a relay tells of. It is a reason to ask the forge soon, and nothing more.
struct PushNotice {
    bool genuine = false;  ///< signed with the app's secret
    std::optional<CommitId> before;
    std::optional<CommitId> after;
    std::string delivery = {};  ///< what the relay calls it; not signed
};

/// The apps of one account, asked and deployed in turn. Driven from outside: tick() does what is
/// due, next_wake() tells when something is.
class Watcher {
public:
    struct Ports {
        Ports(forge::Forge& asked, Workers& started, ledger::Ledger& ledger, const Clock& time)
            : forge(asked),
              workers(started),
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

    /// The apps from now on. One that stays keeps what is known of it; one whose settings changed
    /// is asked at once; one that is gone is forgotten, and its running worker let run. An error is
    /// a ledger that cannot be read.
    [[nodiscard]] Result<void> set_apps(std::vector<Settings> apps);

    /// Starts every question and worker that is due.
    void tick();
    /// When tick() has something to do next, if nothing happens before.
    [[nodiscard]] std::optional<SteadyPoint> next_wake() const;

    /// Asks soon. Rings that follow one another are one question a second; those that are not
    /// genuine one in ten seconds, and without a token no more than polling alone would ask; after
    /// failures none, until the backoff is over. While the forge still answers with the commit
    /// before a genuine push, which GitHub may do for some seconds after it has told of one, it is
    /// asked again a few times.
    void notify(const AppName& app, const PushNotice& notice);
    /// Whether the app's relay is heard. From when it is, the head is asked for once, for what was
    /// sent before, and then less often; when it is lost, as often as without a relay.
    void set_relay_connected(const AppName& app, bool classified);

    /// For `inhaul once`: each app is asked now, whatever its interval, and deployed when due; then
    /// idle() is true. An app that must wait (a backoff, a rate limit) is not asked.
    void ask_each_once();

    /// No more questions and workers are started.
    void stop();
    /// Nothing is under way: no question, no worker.
    [[nodiscard]] bool idle() const;

    /// One line for the service manager: `3 apps: 2 up to date, 1 cannot tell (shop: bad token)`.
    [[nodiscard]] std::string status_line() const;
    /// The gravest thing that happened since ask_each_once().
    [[nodiscard]] ExitCode exit_code() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul::watch
