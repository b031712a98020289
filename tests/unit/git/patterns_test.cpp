// SPDX-License-Identifier: Apache-2.0
#include <git/repository/patterns.hpp>

#include "support/catch.hpp"

using namespace inhaul;

namespace {

std::string repeated(std::string_view part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += part;
    return text;
}

}  // namespace

TEST_CASE("ordinary patterns are accepted") {
    for (const auto* const pattern :
         {"*", "*.txt", "**/*.min.*.js", "/docs/**/generated/**", "a/**/b/*/c/**", "foo**", "**.x",
          "*[a-z]*.c", "package-lock.json", "lib/*/test/*/data/*.json"})
        CHECK_FALSE(git::is_costly_pattern(pattern));
}

TEST_CASE("a pattern with an exponential matching time is detected") {
    CHECK(git::is_costly_pattern(repeated("**a", 6) + "b"));
    CHECK(git::is_costly_pattern(repeated("*a**", 6) + "b"));
    CHECK(git::is_costly_pattern("a**b**c**d"));
    CHECK(git::is_costly_pattern("***a*b*c"));
    CHECK(git::is_costly_pattern(repeated("a*", 33)));
    CHECK(git::is_costly_pattern(repeated("**/", 33) + "x"));
}
