// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <inhaul/config/config.hpp>
#include <inhaul/util/text.hpp>

#include <setup/channel_answer.hpp>
#include <watch/delivery.hpp>
#include <watch/push_event.hpp>
#include <watch/sse.hpp>

#include "fuzzing.hpp"

// The input is the stream of a channel, to which anybody who knows the channel can write. It is
// also a relay's answer to the request for a new channel: the body, or a line with Location.

using namespace inhaul;

namespace {

constexpr std::size_t most_bytes = 4096;

void check_data(std::string_view data) {
    static const std::vector<Secret> secrets{Secret{"sesame"}};
    const auto delivery = watch::read_delivery(data);
    if (!delivery) return;
    // Nobody can sign without the secret.
    fuzz::require(!watch::verified_body(*delivery, secrets), "nobody can guess a signature");
    const auto push = watch::read_push(watch::unverified_body(*delivery));
    if (push && push->after)
        fuzz::require(push->after->hex().size() == 40 || push->after->hex().size() == 64,
                      "a push names a commit");
}

std::vector<std::string> events_of(std::string_view stream, std::size_t piece) {
    watch::EventParser parser{most_bytes};
    std::vector<std::string> found;
    for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size())))
        parser.feed(stream.substr(0, piece), [&](const watch::ServerEvent& event) {
            fuzz::require(event.data.size() <= most_bytes, "an event has a bounded length");
            found.push_back(event.type + "\n" + event.id + "\n" + event.data);
        });
    return found;
}

void check_channel(const http::Response& answer) {
    constexpr auto server = "https://relay.example.com";
    const auto channel = setup::channel_in(answer, server);
    if (!channel) return fuzz::require_readable(channel.error());
    fuzz::require(http::origin_of(*channel) == http::origin_of(server),
                  "a channel is at the relay that created it");
    fuzz::require(printable(*channel, channel->size()) == *channel,
                  "a channel's URL has no hidden character");
    const auto loaded = config::parse(
        "repository = \"octocat/myapp\"\ndirectory = \"/srv/myapp\"\n[relay]\nurl = " +
            config::toml_string(*channel) + "\n",
        "/etc/inhaul/myapp.toml");
    fuzz::require(loaded.apps.size() == 1 && loaded.apps.front().relay->url == *channel,
                  "a new channel is a valid relay.url");
    const http::Response moved{.status = 302, .headers = {{"location", *channel}}};
    const auto again = setup::channel_in(moved, server);
    fuzz::require(again && *again == *channel, "a channel reads back as the same");
}

}  // namespace

void fuzz::run(std::string_view input) {
    check_data(input);
    require(!watch::read_push(input) || input.size() >= 10, "a push has at least ten bytes");
    const auto whole = events_of(input, input.size() + 1);
    require(events_of(input, 1) == whole && events_of(input, 3) == whole,
            "the pieces of a stream do not change its events");
    for (const auto& event : whole)
        check_data(event.substr(event.find('\n', event.find('\n') + 1) + 1));
    check_channel({.status = 200, .body = std::string{input}});
    const std::string location{take_line(input)};
    check_channel({.status = 307, .headers = {{"location", location}}});
}
