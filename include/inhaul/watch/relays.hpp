// SPDX-License-Identifier: Apache-2.0
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

/// Outgoing connections to webhook relays, which report a push within a second.
namespace inhaul::watch {

/// The port for endless responses, as http::Client has them.
class Streams {
public:
    virtual ~Streams() = default;
    virtual http::StreamId open(http::Request request, http::StreamEvents events) = 0;
    virtual void close(http::StreamId stream) = 0;
};

/// Keeps one stream per channel, for all its apps. classify() checks each event for each app. The
/// watcher is notified once per event, also if the event arrives again after a restart. A relay, or
/// anyone who knows the channel's URL, can only cause a few more polls; see Watcher::notify(). The
/// caller drives it, like the watcher.
class Relays {
public:
    struct Ports {
        Ports(Streams& stream_port, Watcher& head_watcher, ledger::Ledger& ledger,
              const Clock& time)
            : streams(stream_port),
              watcher(head_watcher),
              relays(ledger),
              polls(ledger),
              clock(time) {}

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

    /// Replaces the apps. Caller must call Watcher::set_apps() first. A channel that stays keeps
    /// its connection. Fails if the ledger cannot be read.
    [[nodiscard]] Result<void> set_apps(const std::vector<Settings>& apps);

    /// Connects and closes silent connections where due.
    void tick();
    [[nodiscard]] std::optional<SteadyPoint> next_wake() const;
    /// Closes every stream.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul::watch
