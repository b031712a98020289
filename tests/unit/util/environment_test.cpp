// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/environment.hpp>

#include <cstdlib>

#include "support/catch.hpp"

namespace inhaul::test {

TEST_CASE("variables are parsed from lines of names and values") {
    const auto read = environment::parse(
        "# a comment\n\nNODE_ENV=production\n  A = b = c \nQUOTED=\"a b\"\nSINGLE='x'\nEMPTY=\n"
        "ONE=\"\r\n_x9=#1\n");
    REQUIRE_FALSE(read);  // "A " is not a name
    const auto good = environment::parse(
        "# a comment\n\nNODE_ENV=production\n  A=b = c \nQUOTED=\"a b\"\nSINGLE='x'\nEMPTY=\n"
        "ONE=\"\r\n_x9=#1");
    REQUIRE(good);
    CHECK(*good == process::Environment{{"NODE_ENV", "production"},
                                        {"A", "b = c"},
                                        {"QUOTED", "a b"},
                                        {"SINGLE", "x"},
                                        {"EMPTY", ""},
                                        {"ONE", "\""},
                                        {"_x9", "#1"}});
}

TEST_CASE("an invalid line is named by its number, never by its text") {
    for (const std::string line : {"secretwithoutequals", "=secret", "1SECRET=secret",
                                   "se cret=secret", "INHAUL_COMMIT=secret", "export SECRET=1"}) {
        CAPTURE(line);
        const auto read = environment::parse("A=b\n" + line + "\n");
        REQUIRE_FALSE(read);
        CHECK(read.error().message.starts_with("line 2 "));
        CHECK(read.error().message.find("ecret") == std::string::npos);
        CHECK(read.error().hint.find("ecret") == std::string::npos);
    }
    CHECK_FALSE(environment::parse("A=" + std::string(70'000, 'x')));
    CHECK_FALSE(environment::parse(std::string{"A=b\0c", 5}));
}

TEST_CASE("only variables with the prefix are passed on, without it, and none of inhaul's own") {
    for (const auto* const name :
         {"T_HOOK_NODE_ENV", "T_HOOK_", "T_HOOK_INHAUL_COMMIT", "T_HOOK", "OTHER_T_HOOK_X"})
        ::setenv(name, "x", 1);  // NOLINT(concurrency-mt-unsafe)
    CHECK(environment::with_prefix("T_HOOK_") == process::Environment{{"NODE_ENV", "x"}});
}

}  // namespace inhaul::test
