// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <watch/delivery.hpp>
#include <watch/push_event.hpp>
#include <watch/sse.hpp>

#include "fuzzing.hpp"

// The input is what anybody who knows a channel may put on its stream.

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

}  // namespace

void fuzz::run(std::string_view input) {
    check_data(input);
    require(!watch::read_push(input) || input.size() >= 10, "a push has at least ten bytes");
    const auto whole = events_of(input, input.size() + 1);
    require(events_of(input, 1) == whole && events_of(input, 3) == whole,
            "the pieces of a stream do not change its events");
    for (const auto& event : whole)
        check_data(event.substr(event.find('\n', event.find('\n') + 1) + 1));
}
