// SPDX-License-Identifier: Apache-2.0
#include "config/tables/require_table.hpp"

#include "support/catch.hpp"

using namespace inhaul;
using namespace inhaul::config;

TEST_CASE("a time window is parsed and formatted as the same window") {
    const std::pair<const char*, TimeWindow> windows[] = {
        {"Mon-Fri 09:00-17:00", {0x3e, 540, 1020}},
        {"daily 00:00-24:00", {0x7f, 0, 1440}},
        {"Sat,Sun 22:00-04:00", {0x41, 1320, 1680}},
        {"Fri-Mon 08:30-08:31", {0x63, 510, 511}},
        {"mon,wed-thu,SUN 10:00-11:00", {0x1b, 600, 660}},
        {"Tue 23:00-00:00", {0x04, 1380, 1440}},
    };
    for (const auto& [text, window] : windows) {
        INFO(text);
        const auto read = parse_window(text);
        REQUIRE(read);
        CHECK(*read == window);
        CHECK(parse_window(format_window(window)) == window);
    }
}

TEST_CASE("text that is no time window is refused") {
    for (const auto* const text :
         {"", "Mon", "Mon ", "Mon 09:00", "Mon 9:00-17:00", "Mon 09:00-17:60", "Mon 09:00-24:01",
          "Mon 09:00-09:00", "Mon 24:00-01:00", "Montag 09:00-17:00", "Mon- 09:00-17:00",
          "Mon,,Tue 09:00-17:00", ",Mon 09:00-17:00", "Mon 09:00-17:00 UTC", "Mon  09:00-17:00",
          "daily,Mon 09:00-17:00", "Mon 0a:00-17:00"}) {
        INFO(text);
        CHECK_FALSE(parse_window(text));
    }
}
