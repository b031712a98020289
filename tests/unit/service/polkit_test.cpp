// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/polkit.hpp>

#include <array>
#include <fstream>
#include <iterator>

#include "support/catch.hpp"

using inhaul::service::polkit_rule;

TEST_CASE("the installed example rule equals the rule that inhaul writes") {
    std::ifstream example{INHAUL_POLKIT_EXAMPLE};
    const std::string text{std::istreambuf_iterator<char>{example}, {}};
    const std::array<std::string, 1> units{"myapp.service"};
    CHECK(polkit_rule("scripts", units) == text);
}

TEST_CASE("a rule names every unit") {
    const std::array<std::string, 2> units{"shop.service", "mail.service"};
    CHECK(polkit_rule("deploy", units).find(R"(["shop.service", "mail.service"])") !=
          std::string::npos);
}

TEST_CASE(
    "a rule allows a restart and the reset of a start limit, and an older rule only the restart") {
    const std::array<std::string, 1> units{"shop.service"};
    CHECK(polkit_rule("deploy", units).find(R"(["restart", "reset-failed"])") != std::string::npos);
    const auto older = inhaul::service::older_polkit_rules("deploy", units);
    REQUIRE(older.size() == 3);
    CHECK(older[0].find("reset-failed") == std::string::npos);
    CHECK(older[0].find(R"(action.lookup("verb") == "restart" &&)") != std::string::npos);
    CHECK(older[1].find("reset-failed") != std::string::npos);
    CHECK(older[1].find("linger") == std::string::npos);
    const auto without = inhaul::service::older_polkit_rules("deploy", {});
    REQUIRE(without.size() == 1);
    CHECK(without[0].find("manage-units") == std::string::npos);
    CHECK(older[2] == older[1] + without[0]);
}

TEST_CASE("a rule forbids the account to enable lingering, also without units") {
    const std::array<std::string, 1> units{"shop.service"};
    for (const auto& rule : {polkit_rule("deploy", units), polkit_rule("deploy", {})})
        CHECK(rule.find(R"(action.id == "org.freedesktop.login1.set-self-linger" && )"
                        R"(subject.user == "deploy")") != std::string::npos);
    CHECK(polkit_rule("deploy", {}).find("manage-units") == std::string::npos);
}

TEST_CASE("a name cannot end its string literal") {
    const std::array<std::string, 1> units{"srv-a\\x2db\".service\n"};
    const auto rule = polkit_rule(R"(d" || true || ")", units);
    CHECK(rule.find(R"(["srv-a\\x2db\".service\x0a"])") != std::string::npos);
    CHECK(rule.find(R"(subject.user == "d\" || true || \"" &&)") != std::string::npos);
}
