// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/clock.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

namespace inhaul {
namespace {

/// See random(4).
std::string boot_id() {
    std::string id;
    std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
    return id;
}

/// Calls the kernel directly. libfaketime replaces the library's function as well as the wall
/// clock, and then no true clock would be left.
Milliseconds time_since_boot() {
    // On 32-bit systems, the other call fills a time of 32 bits.
#ifdef SYS_clock_gettime64
    constexpr auto call = SYS_clock_gettime64;
#else
    constexpr auto call = SYS_clock_gettime;
#endif
    std::timespec time{};
    ::syscall(call, CLOCK_BOOTTIME, &time);
    return std::chrono::floor<Milliseconds>(std::chrono::seconds{time.tv_sec} +
                                            std::chrono::nanoseconds{time.tv_nsec});
}

class SystemClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override {
        return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    }
    [[nodiscard]] SteadyPoint steady() const override {
        return std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now());
    }
    [[nodiscard]] Uptime uptime() const override { return {boot_, time_since_boot()}; }
    void wait(Milliseconds time) const override { sleep_for(time); }

private:
    std::string boot_ = boot_id();
};

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                           Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::int64_t ten_years = 10LL * 366 * 86'400'000;

/// Removes one part such as `12m` from the front of the text. Returns it in milliseconds.
std::optional<std::int64_t> take_part(std::string_view& text) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || text.front() == '-' || number > ten_years) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    const auto name = text.substr(0, text.find_first_of("0123456789"));
    for (const auto& unit : units) {
        if (unit.name != name) continue;
        text.remove_prefix(name.size());
        return number > ten_years / unit.milliseconds ? std::nullopt
                                                      : std::optional{number * unit.milliseconds};
    }
    return std::nullopt;
}

static_assert(sizeof(std::time_t) == 8, "times after January 2038 need 64 bits");

std::time_t whole_seconds(TimePoint time) {
    return static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

std::string date_and_time(const std::tm& parts, char between) {
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, between, parts.tm_hour, parts.tm_min,
                       parts.tm_sec);
}

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

bool of_one_boot(const Moment& before, const Moment& now) {
    return !now.up.boot.empty() && before.up.boot == now.up.boot && before.up.time <= now.up.time;
}

Milliseconds passed(const Moment& before, const Moment& now) {
    if (of_one_boot(before, now)) return now.up.time - before.up.time;
    return std::max(now.wall - before.wall, Milliseconds{0});
}

bool clock_was_set(const Moment& before, const Moment& now) {
    constexpr std::chrono::minutes slack{1};  // slewing (NTP) also moves the clock
    if (!of_one_boot(before, now)) return true;
    const auto jump = (now.wall - before.wall) - (now.up.time - before.up.time);
    return std::chrono::abs(jump) >= slack;
}

void sleep_for(Milliseconds time) {
    std::this_thread::sleep_for(time);
}

ZoneClock::ZoneClock(const std::string& zone) : changed_(!zone.empty()) {
    if (!changed_) return;
    if (const char* const before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
}

ZoneClock::~ZoneClock() {
    if (!changed_) return;
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
}

// A member function because the zone is only set during the lifetime of this object.
WeekTime ZoneClock::week_time(TimePoint time) const {
    const auto seconds = whole_seconds(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return {parts.tm_wday, parts.tm_hour * 60 + parts.tm_min};
}

bool is_time_zone(const std::string& zone) {
    if (zone.empty() || zone.front() == '/' || zone.find("..") != std::string::npos) return false;
    std::error_code ignored;
    return std::filesystem::is_regular_file(std::filesystem::path{"/usr/share/zoneinfo"} / zone,
                                            ignored);
}

TimePoint from_unix_time(std::int64_t seconds) {
    constexpr std::chrono::sys_seconds first{std::chrono::sys_days{std::chrono::January / 1 / 1}};
    constexpr std::chrono::sys_seconds end{
        std::chrono::sys_days{std::chrono::January / 1 / 10'000}};
    const std::chrono::sys_seconds time{Seconds{seconds}};
    return std::clamp(time, first, end - Seconds{1});
}

std::int64_t unix_nanoseconds(TimePoint time) {
    using std::chrono::nanoseconds;
    constexpr auto first = std::chrono::ceil<Milliseconds>(nanoseconds::min());
    constexpr auto last = std::chrono::floor<Milliseconds>(nanoseconds::max());
    return nanoseconds{std::clamp(time.time_since_epoch(), first, last)}.count();
}

std::string format_utc(TimePoint time) {
    const auto seconds = whole_seconds(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return date_and_time(parts, 'T') + "Z";
}

std::string format_local(TimePoint time) {
    const auto seconds = whole_seconds(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return date_and_time(parts, ' ');
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t sum = 0;
    while (!text.empty()) {
        const auto part = take_part(text);
        if (!part || sum + *part > ten_years) return std::nullopt;
        sum += *part;
    }
    return Milliseconds{sum};
}

std::string format_duration(Milliseconds duration) {
    if (duration.count() == 0) return "0s";
    std::string text;
    auto rest = duration.count();
    for (const auto& unit : units) {
        if (rest < unit.milliseconds) continue;
        text += fmt::format("{}{}", rest / unit.milliseconds, unit.name);
        rest %= unit.milliseconds;
    }
    return text;
}

std::string format_age(Milliseconds duration) {
    // After the wall clock was set back, the duration is negative: show "just now".
    const auto seconds = std::max<std::int64_t>(duration.count(), 0) / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} d", seconds / 86400);
}

}  // namespace inhaul
