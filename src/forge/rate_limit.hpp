#pragma once

#include <optional>

#include <inhaul/util/http.hpp>

namespace inhaul::forge {

/// What a reply says about when to ask again. Server times are taken relative to the reply's own
/// Date, so that a host whose clock is wrong waits neither too long nor not at all.
struct RateLimit {
    std::optional<std::uint64_t> remaining;
    std::optional<TimePoint> window_ends;
    std::optional<TimePoint> retry_at;  ///< Retry-After
};
[[nodiscard]] RateLimit read_rate_limit(const http::Response& response, TimePoint now);

/// What our clock shows at a time of the server's, where the two are far apart.
[[nodiscard]] TimePoint by_our_clock(TimePoint time, const http::Response& response, TimePoint now);

/// The decimal number in a header; nothing when it is anything else.
[[nodiscard]] std::optional<std::uint64_t> number_in(const http::Response& response,
                                                     std::string_view header);

/// `2021-10-07 19:07:53 UTC`, as GitHub writes a token's end; also with an offset such as +0200.
[[nodiscard]] std::optional<TimePoint> parse_expiry(std::string_view text);

}  // namespace inhaul::forge
