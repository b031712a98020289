// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include <inhaul/util/http.hpp>

namespace inhaul::forge {

/// The rate limit data of a reply. Server times are relative to the reply's Date header. So the
/// wait is correct on a host with a wrong clock.
struct RateLimit {
    std::optional<std::uint64_t> remaining;
    std::optional<TimePoint> window_ends;
    std::optional<TimePoint> retry_at;  ///< Retry-After
};
[[nodiscard]] RateLimit read_rate_limit(const http::Response& response, TimePoint now);

/// Returns true if the reply refuses all requests of the token for a time. A 403 may also be a
/// missing permission. `message`: the message in its body. Source: docs.github.com, "Rate limits
/// for the REST API".
[[nodiscard]] bool is_rate_limit(const http::Response& response, const RateLimit& limit,
                                 std::string_view message);
/// Returns the time that the reply names; nothing if it names none.
[[nodiscard]] std::optional<TimePoint> end_of(const RateLimit& limit);
/// Returns the end of a limit that refuses requests: the time that the reply names, else after
/// `secondary_wait`.
[[nodiscard]] TimePoint refused_until(const RateLimit& limit, TimePoint now);

/// Converts a server time to this host's clock, if the two clocks differ much.
[[nodiscard]] TimePoint by_our_clock(TimePoint time, const http::Response& response, TimePoint now);

/// Returns the decimal number in a header. Nothing if it is not a number.
[[nodiscard]] std::optional<std::uint64_t> number_in(const http::Response& response,
                                                     std::string_view header);

/// Parses a token's expiry: `2021-10-07 19:07:53 UTC`, or with an offset such as +0200.
[[nodiscard]] std::optional<TimePoint> parse_expiry(std::string_view text);

}  // namespace inhaul::forge
