// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

/// As long as a channel waits for a connection.
constexpr Milliseconds patience{20'000};

/// What the relay has answered so far.
struct StreamAnswer {
    std::optional<http::Response> head;
    std::optional<Error> error;
    bool done = false;
    [[nodiscard]] bool is_stream() const {
        return head && head->status == 200 &&
               head->header("content-type").value_or("").starts_with("text/event-stream");
    }
    [[nodiscard]] bool known() const { return error || done || (head && !is_stream()); }
};

StreamAnswer listen(const Subject& subject, const std::string& url) {
    StreamAnswer answer;
    const auto& settings = subject.settings;
    http::Request request{
        .url = url, .headers = {"Accept: text/event-stream"}, .ca_file = settings.ca_file};
    const auto stream = subject.client.open(
        std::move(request), {.head = [&](const http::Response& head) { answer.head = head; },
                             .body = [&](std::string_view) { answer.done = true; },
                             .ended =
                                 [&](Result<void> end) {
                                     if (!end && !answer.head) answer.error = end.error();
                                     answer.done = true;
                                 }});
    const auto until = subject.clock.steady() + patience;
    std::vector<http::Waited> ignored;
    while (!answer.known() && subject.clock.steady() < until)
        subject.client.poll(ignored, Milliseconds{200});
    subject.client.close(stream);
    return answer;
}

/// gosmee serves a page at the URL at which smee streams.
StreamAnswer listen_to_either(const Subject& subject) {
    const auto& url = subject.settings.relay->url;
    auto answer = listen(subject, url);
    if (answer.error || answer.is_stream() || !answer.head || answer.head->status != 200)
        return answer;
    auto below = listen(subject, gosmee_stream(url));
    return below.is_stream() ? below : answer;
}

Finding reached(const Subject& subject) {
    const auto answer = listen_to_either(subject);
    if (answer.error)
        return bad("relay", *answer.error,
                   "Check that the relay runs, and that the firewall lets connections out. Until "
                   "then, the branch is polled.");
    if (!answer.known())
        return bad(
            "relay",
            fmt::format("{} within {}", answer.head ? "an answer, but no event" : "no answer",
                        format_duration(patience)),
            "Check that the relay runs. A proxy in front of the relay may buffer its events. In "
            "nginx, set `proxy_buffering off;` in the relay's location.");
    const auto type = answer.head->header("content-type").value_or("");
    if (!answer.is_stream())
        return bad("relay",
                   fmt::format("status {} with {} instead of an event stream", answer.head->status,
                               type.empty() ? "no content type" : printable(type, 60)),
                   "Set relay.url to the URL of a smee or gosmee channel.");
    return good("relay", "connected");
}

/// The agent's own connection to the relay, which has been open for longer.
void check_line(const Subject& subject, Findings& found) {
    if (!subject.watched || !subject.ledger || *subject.ledger == nullptr) return;
    const auto relay = (*subject.ledger)->relay(subject.settings.app);
    if (!relay) return;  // see ledger
    if (relay->connected)
        found.push_back(good("relay connection", "the agent has been connected since " +
                                                     format_local(*relay->connected)));
    else if (relay->error)
        found.push_back(bad("relay connection", printable(*relay->error), relay->hint));
}

}  // namespace

Findings check_relay(const Subject& subject) {
    const auto& relay = subject.settings.relay;
    if (!relay) return {skipped("relay", "none: the branch is polled")};
    Findings found;
    found.push_back(reached(subject));
    // With the same cause, the connection of the agent is down too.
    if (found.back().status != Finding::Status::bad) check_line(subject, found);
    found.push_back(relay->secret_files.empty()
                        ? bad("webhook secret",
                              "none: anybody who knows the URL can trigger a poll",
                              "Set relay.secret_file, and the same secret on GitHub.")
                        : good("webhook secret", "set"));
    return found;
}

}  // namespace inhaul::setup
