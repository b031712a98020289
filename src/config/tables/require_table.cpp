// SPDX-License-Identifier: Apache-2.0
#include "require_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <config/values.hpp>

namespace inhaul::config {
namespace {

using std::chrono::hours;

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
constexpr unsigned every_day = 0x7f;

std::optional<unsigned> day_from(std::string_view name) {
    for (unsigned day = 0; day < day_names.size(); ++day)
        if (lower_case(day_names.at(day)) == lower_case(name)) return day;
    return std::nullopt;
}

/// Parses `Mon` or `Mon-Fri`, also across the end of the week.
std::optional<unsigned> days_from(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = day_from(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : day_from(text.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    unsigned days = 0;
    for (unsigned day = *first;; day = (day + 1) % 7) {
        days |= 1U << day;
        if (day == *last) return days;
    }
}

std::optional<unsigned> all_days_from(std::string_view text) {
    if (lower_case(text) == "daily") return every_day;
    unsigned days = 0;
    for (;;) {
        const auto comma = text.find(',');
        const auto some = days_from(text.substr(0, comma));
        if (!some) return std::nullopt;
        days |= *some;
        if (comma == std::string_view::npos) return days;
        text.remove_prefix(comma + 1);
    }
}

std::optional<int> minute_from(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
        return std::nullopt;
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (minute > 59 || hour * 60 + minute > minutes_a_day) return std::nullopt;
    return hour * 60 + minute;
}

void read_windows(Document& document, Requirements& require) {
    for (const auto& text :
         document.words("require.windows").value_or(std::vector<std::string>{})) {
        if (const auto window = parse_window(text)) {
            require.windows.push_back(*window);
            continue;
        }
        document.problem("require.windows",
                         fmt::format("{} is not a time of the week", in_quotes(text)),
                         "Write days and times: \"Mon-Fri 09:00-17:00\", \"Sat,Sun "
                         "22:00-04:00\", \"daily 03:00-05:00\".");
    }
    if (auto zone = document.text("require.zone")) {
        if (!is_time_zone(*zone))
            document.problem("require.zone",
                             fmt::format("{} is not a time zone of this host", in_quotes(*zone)),
                             "Write a name from `timedatectl list-timezones`. The package tzdata "
                             "contains the names.");
        if (require.windows.empty())
            document.problem("require.zone", "has no effect without require.windows",
                             "Remove it, or set require.windows.");
        require.zone = std::move(*zone);
    }
}

void read_paths(Document& document, Requirements& require) {
    for (auto& text : document.words("require.paths").value_or(std::vector<std::string>{})) {
        const fs::path path{text};
        const bool up = std::any_of(path.begin(), path.end(),
                                    [](const fs::path& part) { return part == ".."; });
        const auto clean = path.lexically_normal();
        if (text.empty() || path.is_absolute() || up || clean == "." ||
            text.find_first_of("*?[") != std::string::npos || has_control_character(text)) {
            document.problem("require.paths",
                             fmt::format("{} is not a path in the repository", in_quotes(text)),
                             "Write files or directories without wildcards: [\"src\", "
                             "\"requirements.txt\"].");
            continue;
        }
        require.paths.push_back((clean.has_filename() ? clean : clean.parent_path()).string());
    }
}

void read_signers(Document& document, Requirements& require) {
    require.allowed_signers = path_at(document, "require.allowed_signers");
    require.revoked_signers = path_at(document, "require.revoked_signers");
    require.gpg_keys = path_at(document, "require.gpg_keys");
    if (require.revoked_signers && !require.allowed_signers)
        document.problem("require.revoked_signers", "has no effect without require.allowed_signers",
                         "Set require.allowed_signers.");
}

void read_checks(Document& document, Requirements& require, const Settings& settings) {
    constexpr auto key = "require.checks";
    if (document.is_text(key)) {
        const auto text = *document.text(key);
        require.checks = text == "all";
        if (!require.checks)
            document.problem(key, fmt::format("{} is not \"all\"", in_quotes(text)),
                             "Write \"all\", or the names of checks: [\"build\", \"test\"].");
    } else if (auto names = document.words(key)) {
        require.checks = true;
        require.checked = std::move(*names);
        if (require.checked.empty())
            document.problem(key, "contains no check",
                             "Write \"all\", or the names of checks: [\"build\", \"test\"].");
    }
    require.checks_deadline = duration_at(document, "require.checks_deadline",
                                          {Seconds{1}, hours{7 * 24}}, require.checks_deadline);
    require.checks_settle = duration_at(document, "require.checks_settle",
                                        {Milliseconds{0}, hours{24}}, require.checks_settle);
    if (document.has("require.checks_deadline") && !document.has(key))
        document.problem("require.checks_deadline", "has no effect without require.checks",
                         "Remove it, or set require.checks.");
    if (document.has("require.checks_settle") && (!require.checks || !require.checked.empty()))
        document.problem("require.checks_settle", "has no effect without require.checks = \"all\"",
                         "Remove it: each named check must report anyway.");
    if (require.checks && !settings.github && !settings.git_url.empty())
        document.problem(key, "needs a repository on GitHub",
                         "Remove it, or, for an Enterprise server, set github.api_url.");
}

}  // namespace

std::optional<TimeWindow> parse_window(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto days = all_days_from(text.substr(0, space));
    const auto times = text.substr(space + 1);
    const auto dash = times.find('-');
    if (!days || dash == std::string_view::npos) return std::nullopt;
    const auto from = minute_from(times.substr(0, dash));
    auto to = minute_from(times.substr(dash + 1));
    if (!from || !to || *from == *to || *from == minutes_a_day) return std::nullopt;
    if (*to < *from) *to += minutes_a_day;
    return TimeWindow{*days, *from, *to};
}

std::string format_window(const TimeWindow& window) {
    std::string days;
    for (unsigned day = 0; day < day_names.size(); ++day)
        if ((window.days >> day & 1U) != 0)
            days += fmt::format("{}{}", days.empty() ? "" : ",", day_names.at(day));
    if (window.days == every_day) days = "daily";
    const int to = window.to > minutes_a_day ? window.to - minutes_a_day : window.to;
    return fmt::format("{} {:02}:{:02}-{:02}:{:02}", days, window.from / 60, window.from % 60,
                       to / 60, to % 60);
}

Requirements read_require(Document& document, const Settings& settings) {
    Requirements require;
    require.fast_forward = document.flag("require.fast_forward").value_or(false);
    require.lfs_content = document.flag("require.lfs_content").value_or(true);
    read_signers(document, require);
    read_checks(document, require, settings);
    read_paths(document, require);
    read_windows(document, require);
    if (auto marker = document.text("require.skip_marker")) require.skip_marker = *marker;
    require.minimum_age = duration_at(document, "require.minimum_age",
                                      {Milliseconds{0}, hours{30 * 24}}, require.minimum_age);
    return require;
}

}  // namespace inhaul::config
