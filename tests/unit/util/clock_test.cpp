// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/clock.hpp>

#include <limits>

#include "support/catch.hpp"

namespace inhaul {

TEST_CASE("elapsed time is exact within one boot, and by the wall clock across boots") {
    using std::chrono::hours;
    const auto at = [](const char* boot, Milliseconds wall, Milliseconds up) {
        return Moment{TimePoint{wall}, {boot, up}};
    };
    const auto begun = at("one", hours{1000}, hours{1});
    CHECK(passed(begun, at("one", hours{2000}, hours{3})) == hours{2});
    CHECK(passed(begun, at("one", hours{1}, hours{3})) == hours{2});
    CHECK(passed(begun, at("two", hours{1005}, hours{3})) == hours{5});
    CHECK(passed(begun, at("two", hours{1}, hours{3})) == hours{0});
    // An uptime that decreased is not trusted.
    CHECK(passed(begun, at("one", hours{1005}, hours{0})) == hours{5});
    CHECK(passed(at("", hours{1}, hours{1}), at("", hours{3}, hours{9})) == hours{2});
    CHECK_FALSE(clock_was_set(begun, at("one", hours{1002}, hours{3})));
    CHECK(clock_was_set(begun, at("one", hours{1003}, hours{3})));
    CHECK(clock_was_set(begun, at("one", hours{1001}, hours{3})));
    CHECK(clock_was_set(begun, at("two", hours{1002}, hours{3})));
}

TEST_CASE("the time since boot increases") {
    const auto before = system_clock().moment();
    const auto after = system_clock().moment();
    CHECK(of_one_boot(before, after));
    CHECK(before.up.boot.size() == 36);
    CHECK(passed(before, after) < std::chrono::minutes{1});
    CHECK_FALSE(clock_was_set(before, after));
}

TEST_CASE("durations are parsed with units, and their sums") {
    CHECK(parse_duration("90s") == Milliseconds{90'000});
    CHECK(parse_duration("1m30s") == Milliseconds{90'000});
    CHECK(parse_duration("500ms") == Milliseconds{500});
    CHECK(parse_duration("2h") == Milliseconds{7'200'000});
    CHECK(parse_duration("1d") == Milliseconds{86'400'000});
    CHECK(parse_duration("0s") == Milliseconds{0});
    for (const auto* bad : {"", "60", "s", "-5s", "+5s", "5 s", "5s ", "1.5h", "5x", "5sm",
                            "99999999d", "9999999999999999999s", "3660d1d"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_duration(bad));
    }
}

TEST_CASE("a printed duration is parsed back to the same value") {
    for (const std::int64_t count :
         {0LL, 1LL, 999LL, 1000LL, 90'000LL, 3'600'001LL, 86'400'000LL * 400}) {
        CAPTURE(count);
        CHECK(parse_duration(format_duration(Milliseconds{count})) == Milliseconds{count});
    }
    CHECK(format_duration(Milliseconds{90'000}) == "1m30s");
}

TEST_CASE("ages are rounded to their largest unit") {
    CHECK(format_age(Milliseconds{900}) == "0 s");
    CHECK(format_age(Milliseconds{119'000}) == "119 s");
    CHECK(format_age(Milliseconds{120'000}) == "2 min");
    CHECK(format_age(std::chrono::hours{5}) == "5 h");
    CHECK(format_age(Milliseconds{-5'000}) == "0 s");
    CHECK(format_age(std::chrono::hours{100}) == "4 d");
}

TEST_CASE("a time in seconds is limited to four digits for the year") {
    CHECK(format_utc(from_unix_time(1'700'000'000)) == "2023-11-14T22:13:20Z");
    CHECK(format_utc(from_unix_time(1'700'000'000'123'456'789)) == "9999-12-31T23:59:59Z");
    CHECK(format_utc(from_unix_time(std::numeric_limits<std::int64_t>::max())) ==
          "9999-12-31T23:59:59Z");
    CHECK(format_utc(from_unix_time(std::numeric_limits<std::int64_t>::min())) ==
          "0001-01-01T00:00:00Z");
}

TEST_CASE("nanoseconds are limited to 64 bits") {
    CHECK(unix_nanoseconds(TimePoint{Milliseconds{1'700'000'000'123}}) ==
          1'700'000'000'123'000'000);
    CHECK(unix_nanoseconds(TimePoint{Milliseconds{-1}}) == -1'000'000);
    CHECK(unix_nanoseconds(from_unix_time(std::numeric_limits<std::int64_t>::max())) ==
          9'223'372'036'854'000'000);
    CHECK(unix_nanoseconds(from_unix_time(std::numeric_limits<std::int64_t>::min())) ==
          -9'223'372'036'854'000'000);
}

TEST_CASE("times are shown in UTC with whole seconds") {
    const TimePoint time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} +
                         std::chrono::hours{9} + std::chrono::minutes{5} + Milliseconds{999}};
    CHECK(format_utc(time) == "2026-03-01T09:05:00Z");
    CHECK(format_utc(TimePoint{Milliseconds{-1}}) == "1969-12-31T23:59:59Z");
}

}  // namespace inhaul
