// SPDX-License-Identifier: Apache-2.0
#include <inhaul/ledger/deadline.hpp>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace inhaul::ledger {
namespace {

constexpr std::string_view unknown{"-"};

std::string_view take_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

std::optional<Milliseconds> number_from(std::string_view word) {
    std::int64_t number = 0;
    const auto* const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, number);
    constexpr std::int64_t longest{315'360'000'000'000};  // 10,000 years: a sum of some fits
    if (error != std::errc{} || rest != end || number > longest || number < -longest)
        return std::nullopt;
    return Milliseconds{number};
}

}  // namespace

std::optional<Deadline> Deadline::parse(std::string_view text) {
    const auto wall = number_from(take_word(text));
    const auto boot = take_word(text);
    const auto uptime = number_from(take_word(text));
    const auto length = number_from(text);
    if (!wall || boot.empty() || !uptime || (!length && text != unknown)) return std::nullopt;
    return Deadline{{TimePoint{*wall}, {std::string{boot == unknown ? "" : boot}, *uptime}},
                    length};
}

std::string Deadline::text() const {
    return fmt::format("{} {} {} {}", begun.wall.time_since_epoch().count(),
                       begun.up.boot.empty() ? unknown : begun.up.boot, begun.up.time.count(),
                       length ? std::to_string(length->count()) : std::string{unknown});
}

std::optional<TimePoint> end_of(const std::optional<Deadline>& deadline, const Moment& now) {
    if (!deadline || !deadline->length) return std::nullopt;
    return now.wall + *deadline->length - passed(deadline->begun, now);
}

Deadline deadline_until(const std::optional<TimePoint>& until, const Moment& now) {
    Deadline deadline{.begun = now, .length = {}};
    if (until) deadline.length = *until - now.wall;
    return deadline;
}

}  // namespace inhaul::ledger
