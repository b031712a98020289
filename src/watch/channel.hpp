// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <inhaul/util/backoff.hpp>
#include <inhaul/watch/relays.hpp>

#include "delivery.hpp"
#include "sse.hpp"

namespace inhaul::watch {

/// Relays send data every 30 seconds: smee an event, gosmee a comment.
inline constexpr Milliseconds longest_silence{90'000};
/// In bytes. GitHub's largest event has 25 MB; public relays accept 100 kB or 1 MB. The next poll
/// finds the push of a larger event.
inline constexpr std::size_t largest_event = 4 * 1024 * 1024;

/// One channel of a relay: connects, receives events and reconnects.
class Channel {
public:
    struct Address {
        std::string url;
        std::optional<std::filesystem::path> ca_file;
        auto operator<=>(const Address&) const = default;
    };
    struct Events {
        std::function<void()> up;                ///< the relay is connected
        std::function<void(const Error&)> down;  ///< each failure, with its reason
        std::function<void(const Delivery&)> delivery;
        std::function<void(std::string_view)>
            dropped;  ///< a dropped event: the reason in fixed words
    };
    struct Ports {
        Streams& streams;
        const Clock& clock;
        Jitter& jitter;
    };
    /// `last_id` is the id of the last received event of this channel, if the relay keeps events;
    /// else empty.
    Channel(Address address, Ports ports, Events events, std::string last_id);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    void tick();
    [[nodiscard]] SteadyPoint next_wake() const { return wake_; }
    [[nodiscard]] bool is_up() const { return up_since_.has_value(); }
    [[nodiscard]] const std::string& last_id() const { return last_id_; }

private:
    void connect();
    void on_head(const http::Response& answer);
    void on_body(std::string_view bytes);
    void on_event(const ServerEvent& event);
    void on_end(const Result<void>& end);
    void give_up(const Error& error, std::optional<Milliseconds> wait = std::nullopt);
    void disconnect();
    [[nodiscard]] bool may_take_event();
    [[nodiscard]] bool may_take_bytes(std::size_t size);
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::string host() const;
    [[nodiscard]] Error silent() const;

    Address address_;
    Ports ports_;
    Events events_;
    EventParser parser_{largest_event};
    std::optional<http::StreamId> stream_;
    /// The time to connect again, or the deadline for the next data.
    SteadyPoint wake_;
    bool answered_ = false;  ///< with an event stream
    std::optional<SteadyPoint> up_since_;
    unsigned failures_ = 0;
    /// gosmee serves events at /events/CHANNEL, and a page at the path that smee uses for events.
    bool below_events_ = false;
    bool keeps_events_ = false;  ///< its events have ids to continue from
    std::string last_id_;
    std::uint64_t too_large_seen_ = 0;
    double tokens_;  ///< the events that may be checked now
    SteadyPoint tokens_at_;
    double bytes_;  ///< the bytes that the relay may send now
    SteadyPoint bytes_at_;
};

}  // namespace inhaul::watch
