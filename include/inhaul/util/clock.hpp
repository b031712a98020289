// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inhaul {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;

/// Wall-clock time, for storage and display. It may jump.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

/// Monotonic time, for deadlines. It never jumps, and stops while the host is suspended.
using SteadyPoint = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

/// Time since the host's boot, including suspension. It cannot be set and is the same in all
/// processes: for the age of stored data.
struct Uptime {
    std::string boot;  ///< the boot's id; empty if the host has none
    Milliseconds time{};
};

/// The time of a stored event.
struct Moment {
    TimePoint wall;
    Uptime up;
};

/// The source of time. Only the system clock reads the real time; tests use a plain struct.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
    [[nodiscard]] virtual SteadyPoint steady() const = 0;
    [[nodiscard]] virtual Uptime uptime() const = 0;
    /// Blocks for this time.
    virtual void wait(Milliseconds time) const = 0;
    [[nodiscard]] Moment moment() const { return {now(), uptime()}; }
};

/// Returns true if both are of the same boot: then the time between them is exact.
[[nodiscard]] bool of_one_boot(const Moment& before, const Moment& now);
/// Returns the time between them. Within one boot it is exact; otherwise it is the difference of
/// the wall clock, at least 0.
[[nodiscard]] Milliseconds passed(const Moment& before, const Moment& now);
/// Returns true if the wall clock may have been set by a minute or more in between.
[[nodiscard]] bool clock_was_set(const Moment& before, const Moment& now);

/// Returns the host's clock. The reference is valid for the life of the process.
[[nodiscard]] const Clock& system_clock();

/// Blocks for this time. For a worker with nothing else to do.
void sleep_for(Milliseconds time);

/// The time of the week in a zone.
struct WeekTime {
    int day = 0;     ///< 0 is Sunday
    int minute = 0;  ///< of that day
};
/// The clock of a time zone, for example `Europe/Berlin`; empty for the host's own. Sets the time
/// zone of the whole process for its lifetime: only for a process with one thread.
class ZoneClock {
public:
    explicit ZoneClock(const std::string& zone);
    ~ZoneClock();
    ZoneClock(const ZoneClock&) = delete;
    ZoneClock& operator=(const ZoneClock&) = delete;

    [[nodiscard]] WeekTime week_time(TimePoint time) const;

private:
    bool changed_;
    std::optional<std::string> before_;
};
/// Returns true if the host knows the zone.
[[nodiscard]] bool is_time_zone(const std::string& zone);

/// Returns a time from seconds since 1970. A commit and a file may name any number. The result is
/// limited to the years 1 to 9999, which RFC 3339 can write and milliseconds can count.
[[nodiscard]] TimePoint from_unix_time(std::int64_t seconds);
/// Returns nanoseconds since 1970, limited to the range of 64 bits: until the year 2262.
[[nodiscard]] std::int64_t unix_nanoseconds(TimePoint time);
/// Returns RFC 3339 in UTC with whole seconds: 2026-03-01T09:30:00Z.
[[nodiscard]] std::string format_utc(TimePoint time);
/// Returns the local time in the host's zone: 2026-03-01 10:30:00.
[[nodiscard]] std::string format_local(TimePoint time);

/// Parses `90s`, `5m`, `2h`, `1d`, `500ms`, or a sum such as `1m30s`. Returns nothing for another
/// text, a number without a unit, or more than ten years.
[[nodiscard]] std::optional<Milliseconds> parse_duration(std::string_view text);
/// Returns the shortest text that parse_duration() reads as this duration: `1m30s`.
[[nodiscard]] std::string format_duration(Milliseconds duration);
/// Returns a rounded duration for display: `3 s`, `12 min`, `5 h`, `4 d`.
[[nodiscard]] std::string format_age(Milliseconds duration);

}  // namespace inhaul
