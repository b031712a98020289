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
constexpr Milliseconds longest_wait{5 * 60'000};
constexpr Seconds longest_asked_for{3600};
constexpr Milliseconds flooded_wait{60'000};
/// A connection that lasted so long was a good one: the next failure is the first. A load balancer
/// may end each after 30 s.
constexpr Milliseconds good{20'000};
/// Both relays say something at once, and smee pings every 30 s.
constexpr Milliseconds first_silence{60'000};
constexpr auto buffered_hint =
    "A proxy in front of the relay may hold its events back: in nginx, set `proxy_buffering off;` "
    "where it passes to the relay.";

/// Events that are looked into, each with its HMACs: many at once, few in the long run.
constexpr double most_at_once = 200;
constexpr double most_a_second = 20;

bool is_event_stream(std::string_view type) {
    return type.starts_with("text/event-stream");
}

/// `{"message":"connected"}` and the like: gosmee's own.
bool is_of_gosmee(const ServerEvent& event) {
    const auto members = members_of(event.data);
    return members && members->size() == 1 && members->front().name == "message";
}

}  // namespace

Channel::Channel(Place place, Ports ports, Events events, std::string last_id)
    : place_(std::move(place)),
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
    hang_up();
}

void Channel::hang_up() {
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
    const auto told = [&](std::string message, std::string hint) {
        return Error{ErrorCode::timeout, std::move(message), std::move(hint), true};
    };
    if (up_since_)
        return told(
            fmt::format("{} has said nothing for {}", host(), format_duration(longest_silence)),
            std::string{"Something on the way may have dropped the connection. "} + buffered_hint);
    return told(fmt::format("{} {}: no ping within {} s", host(),
                            answered_ ? "answers, and that is all" : "does not answer",
                            first_silence / Seconds{1}),
                buffered_hint);
}

std::string Channel::host() const {
    const auto origin = http::origin_of(place_.url);
    return origin ? origin->host : std::string{"the relay"};
}

std::string Channel::address() const {
    return below_events_ ? gosmee_stream(place_.url) : place_.url;
}

void Channel::connect() {
    http::Request request{.url = address(), .ca_file = place_.ca_file};
    // Exactly this: smee answers any other wish with a page.
    request.headers = {"Accept: text/event-stream", "Cache-Control: no-cache"};
    if (keeps_events_ && !last_id_.empty()) request.headers.push_back("Last-Event-ID: " + last_id_);
    request.limits.connect = connect_limit;
    parser_ = EventParser{largest_event};
    too_large_told_ = 0;
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
        hang_up();
        connect();
    } else if (answer.status == 400 && keeps_events_ && !last_id_.empty()) {
        last_id_.clear();
        hang_up();
        connect();
    } else if (answer.status == 429 || answer.status == 503) {
        const auto wait =
            http::parse_retry_after(answer.header("retry-after").value_or(""), ports_.clock.now());
        give_up(
            {ErrorCode::network, status + ": too many requests, or too busy", {}, true},
            wait ? std::optional<Milliseconds>{std::min(*wait, longest_asked_for)} : std::nullopt);
    } else if (answer.status >= 300 && answer.status < 400) {
        const auto to = http::origin_of(answer.header("location").value_or(""));
        refused(fmt::format("{}: a redirect{}", status, to ? " to " + printable(to->host) : ""),
                "Write the channel's new URL, if you trust it: relay.url.");
    } else if (answer.status == 403) {
        refused(status + ": it refuses the channel",
                "smee closes a channel that too many listen on. Begin a new one.");
    } else if (answer.status == 404) {
        refused(status + ": it knows no such channel", "Is relay.url the channel's whole URL?");
    } else if (answer.status >= 400) {
        refused(status);
    } else {
        refused(fmt::format("{} answers with {} and not with events", host(),
                            type.empty() ? "nothing known" : printable(type, 60)),
                "Is relay.url that of a channel? A proxy on the way may answer in its place.");
    }
}

void Channel::on_body(std::string_view bytes) {
    wake_ = ports_.clock.steady() + longest_silence;
    if (!may_take_bytes(bytes.size()))
        return give_up({ErrorCode::protocol, host() + " sends far more than events",
                        "Begin a new channel: somebody may be flooding this one.", true},
                       flooded_wait);
    const auto stream = stream_;
    parser_.feed(bytes, [&](const ServerEvent& event) {
        if (stream_ == stream) on_event(event);
    });
    if (stream_ != stream) return;
    for (; too_large_told_ < parser_.too_large(); ++too_large_told_)
        events_.dropped("too large");
}

/// What is left goes from one connection to the next.
bool Channel::may_take_bytes(std::size_t size) {
    const auto now = ports_.clock.steady();
    const auto passed = std::chrono::duration<double>(now - bytes_at_).count();
    bytes_ = std::min(limits::relay_burst_bytes, bytes_ + passed * limits::relay_bytes_a_second);
    bytes_at_ = now;
    bytes_ -= static_cast<double>(size);
    return bytes_ >= 0;
}

/// Filled with the time that passes.
bool Channel::may_take_event() {
    const auto now = ports_.clock.steady();
    const auto passed = std::chrono::duration<double>(now - tokens_at_).count();
    tokens_ = std::min(most_at_once, tokens_ + passed * most_a_second);
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
    if (event.type != "message") return;  // smee's ready and ping, gosmee's gap
    if (!may_take_event()) return events_.dropped("too many at once");
    if (keeps_events_ && !event.id.empty()) last_id_ = event.id;
    if (const auto delivery = read_delivery(event.data)) events_.delivery(*delivery);
}

void Channel::on_end(const Result<void>& end) {
    stream_.reset();
    if (!end) return give_up(end.error());
    give_up({ErrorCode::network, host() + " has ended the connection", {}, true});
}

void Channel::give_up(const Error& error, std::optional<Milliseconds> wait) {
    const auto now = ports_.clock.steady();
    const bool was_good = up_since_ && now - *up_since_ >= good;
    failures_ = was_good ? 1 : failures_ + 1;
    if (!up_since_) below_events_ = false;  // it may be another relay by then
    hang_up();
    const auto usual = backoff(first_wait, longest_wait, failures_, ports_.jitter);
    wake_ = now + std::max(usual, wait.value_or(Milliseconds{0}));
    events_.down(error);
}

}  // namespace inhaul::watch
