// SPDX-License-Identifier: Apache-2.0
#include "rate_limit.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <inhaul/forge/rest_limits.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::forge {
namespace {

/// GitHub's answers to a secondary limit and to a missing permission may differ only in words.
constexpr std::array<std::string_view, 2> limit_phrases{"rate limit", "abuse detection"};

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || rest != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<TimePoint> date_of(const http::Response& response) {
    return http::parse_date(response.header("date").value_or(""));
}

std::optional<TimePoint> window_end(const http::Response& response, TimePoint now) {
    const auto reset = number_in(response, "x-ratelimit-reset");
    // Later than any plausible date, and close to an overflow.
    if (!reset || *reset > 1'000'000'000'000) return std::nullopt;
    const TimePoint end{Seconds{static_cast<std::int64_t>(*reset)}};
    return now + http::wait_until(end, response, now);
}

std::optional<TimePoint> retry_at(const http::Response& response, TimePoint now) {
    const auto wait = http::retry_after(response, now);
    return wait ? std::optional{now + *wait} : std::nullopt;
}

/// Parses `UTC`, `Z`, `+0200`, `-07:00`. Returns the offset that the caller must subtract from the
/// local time.
std::optional<std::chrono::minutes> parse_zone(std::string_view zone) {
    if (zone == "UTC" || zone == "Z") return std::chrono::minutes{0};
    if (zone.size() == 6 && zone[3] == ':') {
        const auto joined = std::string{zone.substr(0, 3)}.append(zone.substr(4));
        return parse_zone(joined);
    }
    if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
    const auto hours = parse_number<unsigned>(zone.substr(1, 2));
    const auto minutes = parse_number<unsigned>(zone.substr(3, 2));
    if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
    const auto offset = std::chrono::minutes{*hours * 60 + *minutes};
    return zone[0] == '-' ? -offset : offset;
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = parse_number<int>(text.substr(0, 4));
    const auto month = parse_number<unsigned>(text.substr(5, 2));
    const auto day = parse_number<unsigned>(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                           std::chrono::day{*day}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date};
}

std::optional<Seconds> parse_time_of_day(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
    const auto hours = parse_number<unsigned>(text.substr(0, 2));
    const auto minutes = parse_number<unsigned>(text.substr(3, 2));
    const auto seconds = parse_number<unsigned>(text.substr(6, 2));
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60)
        return std::nullopt;
    return Seconds{(*hours * 60 + *minutes) * 60 + *seconds};
}

}  // namespace

std::optional<std::uint64_t> number_in(const http::Response& response, std::string_view header) {
    const auto value = response.header(header);
    return value ? parse_number<std::uint64_t>(*value) : std::nullopt;
}

RateLimit read_rate_limit(const http::Response& response, TimePoint now) {
    return {.remaining = number_in(response, "x-ratelimit-remaining"),
            .window_ends = window_end(response, now),
            .retry_at = retry_at(response, now)};
}

bool is_rate_limit(const http::Response& response, const RateLimit& limit,
                   std::string_view message) {
    if (response.status == 429) return true;
    if (response.status != 403) return false;
    if (response.header("retry-after") || limit.remaining == 0U) return true;
    const auto words = lower_case(message);
    return std::any_of(limit_phrases.begin(), limit_phrases.end(), [&](std::string_view phrase) {
        return words.find(phrase) != std::string::npos;
    });
}

std::optional<TimePoint> end_of(const RateLimit& limit) {
    if (limit.retry_at) return limit.retry_at;
    return limit.remaining == 0U ? limit.window_ends : std::nullopt;
}

TimePoint refused_until(const RateLimit& limit, TimePoint now) {
    return end_of(limit).value_or(now + secondary_wait);
}

TimePoint by_our_clock(TimePoint time, const http::Response& response, TimePoint now) {
    const auto date = date_of(response);
    const bool apart = date && std::chrono::abs(*date - now) >= std::chrono::hours{24};
    return apart ? time + (now - *date) : time;
}

std::optional<TimePoint> parse_expiry(std::string_view value) {
    const auto text = trimmed(value);
    if (text.size() < 20 || text[10] != ' ') return std::nullopt;
    const auto day = parse_day(text.substr(0, 10));
    const auto time = parse_time_of_day(text.substr(11, 8));
    const auto zone = parse_zone(trimmed(text.substr(19)));
    if (!day || !time || !zone) return std::nullopt;
    return TimePoint{*day} + *time - *zone;
}

}  // namespace inhaul::forge
