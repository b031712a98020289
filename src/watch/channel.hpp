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

/// A relay says something every 30 seconds, smee an event and gosmee a comment.
inline constexpr Milliseconds longest_silence{90'000};
/// Of an event. GitHub's largest is 25 MB; public relays take 100 kB, or 1 MB. A larger one is the
/// poll's to find out about.
inline constexpr std::size_t largest_event = 4 * 1024 * 1024;

/// One channel of a relay: connected, listened to, and connected again.
class Channel {
public:
    struct Place {
        std::string url;
        std::optional<std::filesystem::path> ca_file;
        auto operator<=>(const Place&) const = default;
    };
    struct Events {
        std::function<void()> up;                ///< a relay is heard
        std::function<void(const Error&)> down;  ///< it is not, and why; each time anew
        std::function<void(const Delivery&)> delivery;
        std::function<void(std::string_view)> dropped;  ///< an event, and why, in fixed words
    };
    struct Ports {
        Streams& streams;
        const Clock& clock;
        Jitter& jitter;
    };
    /// `last_id`: of the event that was heard last on this very channel, of a relay that keeps
    /// them; else empty.
    Channel(Place place, Ports ports, Events events, std::string last_id);
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
    void hang_up();
    [[nodiscard]] bool may_take_event();
    [[nodiscard]] bool may_take_bytes(std::size_t size);
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::string host() const;
    [[nodiscard]] Error silent() const;

    Place place_;
    Ports ports_;
    Events events_;
    EventParser parser_{largest_event};
    std::optional<http::StreamId> stream_;
    /// When waiting, to connect; else until something is heard.
    SteadyPoint wake_;
    bool answered_ = false;  ///< with a stream of events
    std::optional<SteadyPoint> up_since_;
    unsigned failures_ = 0;
    /// gosmee's pages are where smee's events are; its events are at /events/CHANNEL.
    bool below_events_ = false;
    bool keeps_events_ = false;  ///< it gives its events ids to go on from
    std::string last_id_;
    std::uint64_t too_large_told_ = 0;
    double tokens_;  ///< how many events may be looked into now
    SteadyPoint tokens_at_;
    double bytes_;  ///< how many the relay may send now
    SteadyPoint bytes_at_;
};

}  // namespace inhaul::watch
