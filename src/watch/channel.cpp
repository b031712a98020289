// SPDX-License-Identifier: Apache-2.0
#include "channel.hpp"
#include "json_members.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/limits.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::watch {
namespace {

constexpr Milliseconds connect_limit{20'000};
constexpr Milliseconds first_wait{1'000};
constexpr Milliseconds longest_reconnect{5 * 60'000};
constexpr Milliseconds flooded_wait{60'000};
/// After a connection of this length the failure count starts again. A load balancer may close each
/// connection after 30 s.
constexpr Milliseconds good_connection{20'000};
/// Both relays send an event immediately, and smee pings every 30 s.
constexpr Milliseconds first_silence{60'000};
constexpr auto buffered_hint =
    "A proxy in front of the relay may buffer its events. In nginx, set `proxy_buffering off;` "
    "in the relay's location.";

/// Limits for checking events with their HMACs: many in a burst, few on average.
constexpr double most_at_once = 200;
constexpr double most_per_second = 20;

bool is_event_stream(std::string_view type) {
    return type.starts_with("text/event-stream");
}

/// Returns true for events such as `{"message":"connected"}`, which only gosmee sends.
bool is_of_gosmee(const ServerEvent& event) {
    const auto members = members_of(event.data);
    return members && members->size() == 1 && members->front().name == "message";
}

}  // namespace

Channel::Channel(Address address, Ports ports, Events events, std::string last_id)
    : address_(std::move(address)),
      ports_(ports),
      events_(std::move(events)),
      wake_(ports.clock.steady()),
      keeps_events_(!last_id.empty()),
      last_id_(std::move(last_id)),
      tokens_(most_at_once),
      tokens_at_(wake_),
      bytes_(limits::relay_burst_bytes),
      bytes_at_(wake_) {}

Channel::~Channel() {
    disconnect();
}

void Channel::disconnect() {
    if (stream_) ports_.streams.close(*stream_);
    stream_.reset();
    up_since_.reset();
}

void Channel::tick() {
    if (ports_.clock.steady() < wake_) return;
    if (!stream_) return connect();
    give_up(silent());
}

Error Channel::silent() const {
    const auto timeout = [&](std::string message, std::string hint) {
        return Error{ErrorCode::timeout, std::move(message), std::move(hint), true};
    };
    if (up_since_)
        return timeout(
            fmt::format("{} has sent nothing for {}", host(), format_duration(longest_silence)),
            std::string{"A firewall or proxy may have dropped the connection. "} + buffered_hint);
    return timeout(fmt::format("{} {}: no ping within {} s", host(),
                               answered_ ? "answers but sends no events" : "does not answer",
                               first_silence / Seconds{1}),
                   buffered_hint);
}

std::string Channel::host() const {
    const auto origin = http::origin_of(address_.url);
    return origin ? origin->host : std::string{"the relay"};
}

std::string Channel::address() const {
    return below_events_ ? gosmee_stream(address_.url) : address_.url;
}

void Channel::connect() {
    http::Request request{.url = address(), .ca_file = address_.ca_file};
    // Exactly this value: smee answers another Accept header with a page.
    request.headers = {"Accept: text/event-stream", "Cache-Control: no-cache"};
    if (keeps_events_ && !last_id_.empty()) request.headers.push_back("Last-Event-ID: " + last_id_);
    request.limits.connect = connect_limit;
    parser_ = EventParser{largest_event};
    too_large_seen_ = 0;
    answered_ = false;
    wake_ = ports_.clock.steady() + first_silence;
    stream_ = ports_.streams.open(
        std::move(request), {.head = [this](const http::Response& answer) { on_head(answer); },
                             .body = [this](std::string_view bytes) { on_body(bytes); },
                             .ended = [this](const Result<void>& end) { on_end(end); }});
}

void Channel::on_head(const http::Response& answer) {
    const auto type = answer.header("content-type").value_or("");
    const auto status = fmt::format("{} answers with {}", host(), answer.status);
    const auto refused = [&](std::string message, std::string hint = {}) {
        give_up({ErrorCode::protocol, std::move(message), std::move(hint), true});
    };
    if (answer.status == 200 && is_event_stream(type)) {
        answered_ = true;
        wake_ = ports_.clock.steady() + first_silence;
    } else if (answer.status == 200 && !below_events_) {
        below_events_ = true;
        disconnect();
        connect();
    } else if (answer.status == 400 && keeps_events_ && !last_id_.empty()) {
        last_id_.clear();
        disconnect();
        connect();
    } else if (answer.status == 429 || answer.status == 503) {
        give_up({ErrorCode::network,
                 status + ": too many requests, or the relay is overloaded",
                 {},
                 true},
                http::retry_after(answer, ports_.clock.now()));
    } else if (answer.status >= 300 && answer.status < 400) {
        const auto to = http::origin_of(answer.header("location").value_or(""));
        refused(fmt::format("{}: a redirect{}", status, to ? " to " + printable(to->host) : ""),
                "If you trust the new host, set relay.url to the channel's new URL.");
    } else if (answer.status == 403) {
        refused(status + ": the relay refuses the channel",
                "smee closes a channel with too many listeners. Create a new channel.");
    } else if (answer.status == 404) {
        refused(status + ": the channel does not exist",
                "Set relay.url to the complete URL of the channel.");
    } else if (answer.status >= 400) {
        refused(status);
    } else {
        refused(fmt::format("{} answers with {} instead of events", host(),
                            type.empty() ? "no content type" : printable(type, 60)),
                "Check that relay.url is the URL of a channel and that no proxy answers instead.");
    }
}

void Channel::on_body(std::string_view bytes) {
    wake_ = ports_.clock.steady() + longest_silence;
    if (!may_take_bytes(bytes.size()))
        return give_up({ErrorCode::protocol, host() + " sends too much data",
                        "Create a new channel: somebody may be flooding this one.", true},
                       flooded_wait);
    const auto stream = stream_;
    parser_.feed(bytes, [&](const ServerEvent& event) {
        if (stream_ == stream) on_event(event);
    });
    if (stream_ != stream) return;
    for (; too_large_seen_ < parser_.too_large(); ++too_large_seen_)
        events_.dropped("too large");
}

/// A token bucket. Its level carries over to the next connection.
bool Channel::may_take_bytes(std::size_t size) {
    const auto now = ports_.clock.steady();
    const auto passed = std::chrono::duration<double>(now - bytes_at_).count();
    bytes_ = std::min(limits::relay_burst_bytes, bytes_ + passed * limits::relay_bytes_per_second);
    bytes_at_ = now;
    bytes_ -= static_cast<double>(size);
    return bytes_ >= 0;
}

/// A token bucket that refills over time.
bool Channel::may_take_event() {
    const auto now = ports_.clock.steady();
    const auto passed = std::chrono::duration<double>(now - tokens_at_).count();
    tokens_ = std::min(most_at_once, tokens_ + passed * most_per_second);
    tokens_at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

void Channel::on_event(const ServerEvent& event) {
    if (!up_since_) {
        up_since_ = ports_.clock.steady();
        keeps_events_ = keeps_events_ || is_of_gosmee(event);
        events_.up();
    }
    if (event.type != "message") return;  // smee: ready and ping; gosmee: gap
    if (!may_take_event()) return events_.dropped("too many at once");
    if (keeps_events_ && !event.id.empty()) last_id_ = event.id;
    if (const auto delivery = read_delivery(event.data)) events_.delivery(*delivery);
}

void Channel::on_end(const Result<void>& end) {
    stream_.reset();
    if (!end) return give_up(end.error());
    give_up({ErrorCode::network, host() + " closed the connection", {}, true});
}

void Channel::give_up(const Error& error, std::optional<Milliseconds> wait) {
    const auto now = ports_.clock.steady();
    const bool was_good = up_since_ && now - *up_since_ >= good_connection;
    failures_ = was_good ? 1 : failures_ + 1;
    if (!up_since_) below_events_ = false;  // the relay may change
    disconnect();
    const auto usual = backoff(first_wait, longest_reconnect, failures_, ports_.jitter);
    wake_ = now + std::max(usual, wait.value_or(Milliseconds{0}));
    events_.down(error);
}

}  // namespace inhaul::watch
