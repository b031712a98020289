#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

constexpr Milliseconds patience{10'000};

/// A stream of events is open, or why it is not.
struct Classified {
    std::optional<http::Response> head;
    std::optional<Error> error;
    bool said_something = false;
    [[nodiscard]] bool is_stream() const {
        return head && head->status == 200 &&
               head->header("content-type").value_or("").starts_with("text/event-stream");
    }
    [[nodiscard]] bool decided() const { return error || said_something || (head && !is_stream()); }
};

Classified listen(const Subject& subject, const std::string& url) {
    Classified heard;
    const auto& settings = subject.settings;
    http::Request request{
        .url = url, .headers = {"Accept: text/event-stream"}, .ca_file = settings.ca_file};
    const auto stream = subject.client.open(
        std::move(request), {.head = [&](const http::Response& head) { heard.head = head; },
                             .body = [&](std::string_view) { heard.said_something = true; },
                             .ended =
                                 [&](Result<void> end) {
                                     if (!end && !heard.head) heard.error = end.error();
                                     heard.said_something = true;
                                 }});
    const auto until = subject.clock.steady() + patience;
    std::vector<http::Waited> nobody;
    while (!heard.decided() && subject.clock.steady() < until)
        subject.client.poll(nobody, Milliseconds{200});
    subject.client.close(stream);
    return heard;
}

/// gosmee shows a page where smee streams.
Classified listen_to_either(const Subject& subject) {
    const auto& url = subject.settings.relay->url;
    auto heard = listen(subject, url);
    if (heard.error || heard.is_stream() || !heard.head || heard.head->status != 200) return heard;
    auto below = listen(subject, gosmee_stream(url));
    return below.is_stream() ? below : heard;
}

Finding reached(const Subject& subject) {
    const auto heard = listen_to_either(subject);
    if (heard.error)
        return bad("relay", *heard.error,
                   "Is the relay up, and does the way out let it through? The branch is polled "
                   "meanwhile.");
    if (!heard.decided())
        return bad(
            "relay",
            fmt::format("{} within {}", heard.head ? "it answers, but no event" : "no answer",
                        format_duration(patience)),
            "Is the relay up? A proxy in front of it may hold its events back: in nginx, set "
            "`proxy_buffering off;` where it passes to the relay.");
    const auto type = heard.head->header("content-type").value_or("");
    if (!heard.is_stream())
        return bad("relay",
                   fmt::format("it answers with status {} and {}, not with events",
                               heard.head->status, type.empty() ? "nothing" : printable(type, 60)),
                   "Is relay.url that of a channel of smee or gosmee?");
    return good("relay", "it is heard");
}

/// What the agent's own line to the relay is like, which has been open for longer.
void look_at_line(const Subject& subject, Findings& found) {
    if (!subject.watched || !subject.ledger || *subject.ledger == nullptr) return;
    const auto relay = (*subject.ledger)->relay(subject.settings.app);
    if (!relay) return;  // see ledger
    if (relay->connected)
        found.push_back(
            good("relay line", "the agent hears it since " + format_local(*relay->connected)));
    else if (relay->error)
        found.push_back(bad("relay line", printable(*relay->error), relay->hint));
}

}  // namespace

Findings of_the_relay(const Subject& subject) {
    const auto& relay = subject.settings.relay;
    if (!relay) return {skipped("relay", "none: the branch is polled")};
    Findings found;
    found.push_back(reached(subject));
    look_at_line(subject, found);
    found.push_back(relay->secret_files.empty()
                        ? bad("webhook secret", "none: anybody who knows the URL can ring",
                              "Set relay.secret_file, and the same secret on GitHub.")
                        : good("webhook secret", "set"));
    return found;
}

}  // namespace inhaul::setup
