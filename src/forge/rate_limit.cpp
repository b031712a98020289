#include "rate_limit.hpp"

#include <algorithm>
#include <charconv>

#include <inhaul/util/text.hpp>

namespace inhaul::forge {
namespace {

/// A window lasts an hour; who asks for more than a day has a wrong clock or means us ill.
constexpr Seconds longest_wait{std::chrono::hours{24}};

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || rest != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// What the server's clock says, if that is at all like ours.
TimePoint server_now(const http::Response& response, TimePoint now) {
    const auto date = response.header("date");
    const auto since_epoch = date ? http::parse_retry_after(*date, TimePoint{}) : std::nullopt;
    const bool believable = since_epoch && *since_epoch > Seconds{0} &&
                            std::chrono::abs(TimePoint{*since_epoch} - now) < longest_wait;
    return believable ? TimePoint{*since_epoch} : now;
}

TimePoint later(TimePoint now, Seconds wait) {
    return now + std::clamp(wait, Seconds{0}, longest_wait);
}

std::optional<TimePoint> window_end(const http::Response& response, TimePoint theirs,
                                    TimePoint now) {
    const auto reset = number_in(response, "x-ratelimit-reset");
    // Beyond any date that a server can mean, and near where sums overflow.
    if (!reset || *reset > 1'000'000'000'000) return std::nullopt;
    const auto end = TimePoint{Seconds{static_cast<std::int64_t>(*reset)}};
    return later(now, std::chrono::ceil<Seconds>(end - theirs));
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
    const auto theirs = server_now(response, now);
    RateLimit limit{.remaining = number_in(response, "x-ratelimit-remaining"),
                    .window_ends = window_end(response, theirs, now),
                    .retry_at = {}};
    if (const auto header = response.header("retry-after"))
        if (const auto wait = http::parse_retry_after(*header, theirs))
            limit.retry_at = later(now, *wait);
    return limit;
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
