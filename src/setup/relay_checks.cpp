#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

constexpr Milliseconds patience{10'000};

/// A stream of events is open, or why it is not.
struct Heard {
    std::optional<http::Response> head;
    std::optional<Error> error;
    [[nodiscard]] bool decided() const { return head || error; }
};

Heard listen(const Subject& subject) {
    Heard heard;
    const auto& settings = subject.settings;
    http::Request request{.url = settings.relay->url,
                          .headers = {"Accept: text/event-stream"},
                          .ca_file = settings.ca_file};
    const auto stream = subject.client.open(
        std::move(request), {.head = [&](const http::Response& head) { heard.head = head; },
                             .body = [](std::string_view) {},
                             .ended =
                                 [&](Result<void> end) {
                                     if (!end && !heard.head) heard.error = end.error();
                                 }});
    const auto until = subject.clock.steady() + patience;
    std::vector<http::Waited> nobody;
    while (!heard.decided() && subject.clock.steady() < until)
        subject.client.poll(nobody, Milliseconds{200});
    subject.client.close(stream);
    return heard;
}

Finding reached(const Subject& subject) {
    const auto heard = listen(subject);
    if (heard.error)
        return bad("relay", *heard.error,
                   "Is the relay up, and does the way out let it through? The branch is polled "
                   "meanwhile.");
    if (!heard.head)
        return bad("relay", fmt::format("no answer within {}", format_duration(patience)),
                   "Is the relay up, and does a proxy let streams pass?");
    const auto type = heard.head->header("content-type").value_or("");
    if (heard.head->status != 200 || !type.starts_with("text/event-stream"))
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
    else if (relay->trouble)
        found.push_back(bad("relay line", printable(*relay->trouble), relay->hint));
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
