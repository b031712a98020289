// SPDX-License-Identifier: Apache-2.0
#include <inhaul/report/mail_child.hpp>

#include "support/catch.hpp"

namespace inhaul::test {
using report::parse_reply;

TEST_CASE("a child that sends a mail reports its end") {
    const auto sent = parse_reply(report::format_reply({250, true, ""}) + "\n");
    REQUIRE(sent);
    CHECK(sent->sent);
    CHECK(sent->code == 250);
    const auto refused = parse_reply(report::format_reply({550, false, "no such user"}));
    REQUIRE(refused);
    CHECK_FALSE(refused->sent);
    CHECK(refused->what == "no such user");
}

TEST_CASE("other output of the child that sends a mail is not its end") {
    for (const auto* const text :
         {"", "x", "[]", "{}", R"({"sent":1,"code":250})", R"({"sent":false,"code":550,"what":""})",
          R"({"sent":false,"code":4294967846,"what":"x"})", R"({"sent":true,"code":-1})"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_reply(text));
    }
}

}  // namespace inhaul::test
