// SPDX-License-Identifier: Apache-2.0
#include "deadlines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "database.hpp"

namespace inhaul::ledger {
namespace {

constexpr std::string_view unknown{"-"};

/// A table with deadlines, and the key of its rows.
struct Kept {
    std::string_view table;
    std::string_view key;
};
constexpr std::array kept{Kept{"pause", "app"}, Kept{"watch", "app"}, Kept{"budget", "name"},
                          Kept{"notify_target", "name"}};

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

struct Row {
    std::string key;
    Deadline deadline;
};

Result<std::vector<Row>> begun_before_boot(Database& database, const Kept& where,
                                           const Moment& now) {
    auto row = TRY(database.query(
        fmt::format("SELECT {}, ends FROM {} WHERE ends IS NOT NULL", where.key, where.table)));
    std::vector<Row> found;
    while (TRY(row.step())) {
        auto key = TRY(row.take<std::string>());
        auto deadline = TRY(row.take<Deadline>());
        if (!of_one_boot(deadline.begun, now)) found.push_back({std::move(key), deadline});
    }
    return found;
}

Result<void> begin_again(Database& database, const Kept& where, const Moment& now) {
    for (const auto& [key, deadline] : TRY(begun_before_boot(database, where, now)))
        (void)TRY(database.change(
            fmt::format("UPDATE {} SET ends = ? WHERE {} = ?", where.table, where.key),
            deadline_until(end_of(deadline, now), now).text(), key));
    return {};
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

/// Checks without the lock first: a change is rare.
Result<void> begin_again_after_boot(Database& database, const Moment& now) {
    bool some = false;
    for (const auto& where : kept)
        some = some || !TRY(begun_before_boot(database, where, now)).empty();
    if (!some) return {};
    return database.writing([&]() -> Result<void> {
        for (const auto& where : kept)
            TRY(begin_again(database, where, now));
        return {};
    });
}

}  // namespace inhaul::ledger
