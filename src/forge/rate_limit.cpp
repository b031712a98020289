// SPDX-License-Identifier: Apache-2.0
#include "rate_limit.hpp"

#include <algorithm>
#include <charconv>

#include <inhaul/util/text.hpp>

namespace inhaul::forge {
namespace {

/// A window lasts an hour. A server that sets more than a day has a wrong clock or is hostile.
constexpr Seconds longest_wait{std::chrono::hours{24}};

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

TimePoint later(TimePoint now, Seconds wait) {
    return now + std::clamp(wait, Seconds{0}, longest_wait);
}

/// Returns the time until a server time. Uses the server's clock if it is plausible, since this
/// host's clock may be wrong by years.
TimePoint from_server_clock(TimePoint end, const http::Response& response, TimePoint now) {
    const auto date = date_of(response);
    const bool sensible = date && end >= *date && end - *date <= longest_wait;
    return later(now, std::chrono::ceil<Seconds>(end - (sensible ? *date : now)));
}

std::optional<TimePoint> window_end(const http::Response& response, TimePoint now) {
    const auto reset = number_in(response, "x-ratelimit-reset");
    // Later than any plausible date, and close to an overflow.
    if (!reset || *reset > 1'000'000'000'000) return std::nullopt;
    return from_server_clock(TimePoint{Seconds{static_cast<std::int64_t>(*reset)}}, response, now);
}

std::optional<TimePoint> retry_at(const http::Response& response, TimePoint now) {
    const auto header = response.header("retry-after");
    if (!header) return std::nullopt;
    if (const auto date = http::parse_date(*header)) return from_server_clock(*date, response, now);
    const auto wait = http::parse_retry_after(*header, now);
    return wait ? std::optional{later(now, *wait)} : std::nullopt;
}

/// `UTC`, `Z`, `+0200`, `-07:00` as what is to be subtracted from the time before it.
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
    return words.find("rate limit") != std::string::npos ||
           words.find("abuse detection") != std::string::npos;
}

std::optional<TimePoint> end_of(const RateLimit& limit) {
    if (limit.retry_at) return limit.retry_at;
    return limit.remaining == 0U ? limit.window_ends : std::nullopt;
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
