#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/watch/watcher.hpp>

/// Channels of webhook relays, held open from here: what is pushed is heard of in a second.
namespace inhaul::watch {

/// The port of answers without an end, as http::Client has them.
class Streams {
public:
    virtual ~Streams() = default;
    virtual http::StreamId open(http::Request request, http::StreamEvents events) = 0;
    virtual void close(http::StreamId stream) = 0;
};

/// One stream for each channel, however many apps name it. Each event is judged for each of them by
/// hear(), and rings at the watcher: once, also when it comes again after a restart. What a relay,
/// or who knows a channel's URL, can do with all of this is to have the forge asked a little more
/// often; see Watcher::ring(). Driven from outside, as the watcher is.
class Relays {
public:
    struct Ports {
        Ports(Streams& opened, Watcher& notified, ledger::Ledger& ledger, const Clock& time)
            : streams(opened), watcher(notified), relays(ledger), polls(ledger), clock(time) {}

        Streams& streams;
        Watcher& watcher;
        ledger::RelayStore& relays;
        ledger::PollStore& polls;
        const Clock& clock;
    };
    Relays(Ports ports, std::uint64_t seed);
    ~Relays();
    Relays(const Relays&) = delete;
    Relays& operator=(const Relays&) = delete;

    /// The apps from now on, after the watcher was told of them. A channel that stays keeps its
    /// connection. An error is a ledger that cannot be read.
    [[nodiscard]] Result<void> set_apps(const std::vector<Settings>& apps);

    /// Connects, and gives up what is silent, where that is due.
    void tick();
    [[nodiscard]] std::optional<SteadyPoint> next_wake() const;
    /// Closes every stream.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul::watch
