#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace inhaul {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;

/// Wall-clock time, for what is stored or shown. It may jump.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

/// Time since some start, for deadlines. It never jumps, and stands still while the host sleeps.
using SteadyPoint = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

/// Time since the host was started, in which it may have slept. Nobody can set it, and other
/// processes have the same: for how long ago something stored was.
struct Uptime {
    std::string boot;  ///< which start that was; empty where the host does not tell
    Milliseconds time{};
};

/// When something was stored.
struct Moment {
    TimePoint wall;
    Uptime up;
};

/// Where time comes from. Only the system clock reads the real one; tests hold a plain struct.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
    [[nodiscard]] virtual SteadyPoint steady() const = 0;
    [[nodiscard]] virtual Uptime uptime() const = 0;
    /// Blocks until so much of it has passed.
    virtual void wait(Milliseconds time) const = 0;
    [[nodiscard]] Moment moment() const { return {now(), uptime()}; }
};

/// Whether both are of one start of the host: then what lies between them is known for certain.
[[nodiscard]] bool of_one_boot(const Moment& before, const Moment& now);
/// What lies between them: exact within one boot, whatever the wall clock was set to; else by the
/// wall clock, and nothing where that has gone back.
[[nodiscard]] Milliseconds passed(const Moment& before, const Moment& now);
/// Whether somebody, or a time server, may have set the wall clock by a minute or more since.
[[nodiscard]] bool clock_was_set(const Moment& before, const Moment& now);

/// The host's clock. The reference is valid for the life of the process.
[[nodiscard]] const Clock& system_clock();

/// Blocks for so long; for a worker that has nothing else to do.
void sleep_for(Milliseconds time);

/// The time of the week in a zone.
struct WeekTime {
    int day = 0;     ///< 0 is Sunday
    int minute = 0;  ///< of that day
};
/// The clocks of a zone, such as `Europe/Berlin`; empty for the host's own. While it lives, the
/// whole process has that time zone: only for a process of one thread.
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
/// Whether the host knows the zone.
[[nodiscard]] bool is_time_zone(const std::string& zone);

/// RFC 3339 in UTC with whole seconds: 2026-03-01T09:30:00Z.
[[nodiscard]] std::string format_utc(TimePoint time);
/// The same time of day as the host's zone shows it: 2026-03-01 10:30:00.
[[nodiscard]] std::string format_local(TimePoint time);

/// `90s`, `5m`, `2h`, `1d`, `500ms`, or a sum such as `1m30s`; nothing for anything else, for a
/// number without a unit, or for more than ten years.
[[nodiscard]] std::optional<Milliseconds> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back as the same: `1m30s`.
[[nodiscard]] std::string format_duration(Milliseconds duration);
/// For people, rounded to what matters: `3 s`, `12 min`, `5 h`, `4 d`.
[[nodiscard]] std::string format_age(Milliseconds duration);

}  // namespace inhaul
