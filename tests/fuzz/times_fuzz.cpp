// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/clock.hpp>
#include <inhaul/util/http.hpp>

#include <config/tables/require_table.hpp>
#include <forge/rate_limit.hpp>

#include "fuzzing.hpp"

// The input is a duration, a time of the week, a date or a Retry-After.

using namespace inhaul;

namespace {

constexpr TimePoint now{Seconds{1'795'000'000}};

void check_answer(std::string_view text) {
    http::Response response{.status = 429};
    for (const auto* const name : {"retry-after", "x-ratelimit-reset", "x-ratelimit-remaining"})
        response.headers.emplace_back(name, fuzz::take_line(text));
    response.headers.emplace_back("date", text);
    const auto limit = forge::read_rate_limit(response, now);
    for (const auto& until : {limit.window_ends, limit.retry_at})
        fuzz::require(!until || (*until >= now && *until <= now + std::chrono::hours{25}),
                      "a server cannot ask for more than a day");
    (void)forge::by_our_clock(now, response, now);
}

}  // namespace

void fuzz::run(std::string_view input) {
    if (const auto duration = parse_duration(input)) {
        require(*duration >= Milliseconds{0} && *duration <= 10 * 366 * std::chrono::hours{24},
                "a duration is at most ten years");
        require(parse_duration(format_duration(*duration)) == duration,
                "a duration reads back as the same");
        require_readable(format_age(*duration));
    }
    if (const auto window = config::parse_window(input)) {
        require(window->days > 0 && window->days < 128 && window->from >= 0 &&
                    window->from < 24 * 60 && window->to > window->from &&
                    window->to - window->from <= 24 * 60,
                "a time of the week is valid");
        require(config::parse_window(config::format_window(*window)) == window,
                "a time of the week reads back as the same");
    }
    const http::Response busy{.status = 429, .headers = {{"retry-after", std::string{input}}}};
    if (const auto wait = http::retry_after(busy, now))
        require(*wait >= Seconds{0} && *wait <= http::longest_server_wait,
                "a wait is not negative, and at most a day");
    if (const auto date = http::parse_date(input)) require_readable(format_utc(*date));
    if (const auto end = forge::parse_expiry(input)) require_readable(format_utc(*end));
    check_answer(input);
}
