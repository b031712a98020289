// SPDX-License-Identifier: Apache-2.0
#include <cli/output/console.hpp>

#include "support/catch.hpp"

namespace inhaul::cli {
namespace {

Table sample() {
    Table table{{"APP", "STATE"}};
    table.add({{"größe", Colour::bold}, {"failed", Colour::red}});
    table.add({{"x"}, {"up-to-date", Colour::green}});
    return table;
}

}  // namespace

TEST_CASE("columns on a terminal are aligned by displayed width") {
    CHECK(sample().to_string(true, false) ==
          "APP    STATE\n"
          "größe  failed\n"
          "x      up-to-date\n");
}

TEST_CASE("a row in a pipe is a line with tabs") {
    CHECK(sample().to_string(false, false) == "APP\tSTATE\ngröße\tfailed\nx\tup-to-date\n");
}

TEST_CASE("colours do not move the columns") {
    const auto text = sample().to_string(true, true);
    CHECK(text.find("\033[31mfailed\033[0m") != std::string::npos);
    CHECK(text.find("x      \033[32mup-to-date") != std::string::npos);
}

TEST_CASE("control characters are escaped, except for our own colours") {
    const std::string odd{"a\033]0;x\007\xe2\x80\xae\xc2\x9b\n\tb"};
    CHECK(harmless(odd, false) == "a\\x1b]0;x\\x07\\xe2\\x80\\xae\\xc2\\x9b\n\tb");
    CHECK(harmless(odd, true) == harmless(odd, false));
    const auto red = painted("größe", Colour::red, true);
    CHECK(harmless(red, true) == red);
    CHECK(harmless(red, false) == "\\x1b[31mgröße\\x1b[0m");
    CHECK(harmless("\033[2Jx\033", true) == "\\x1b[2Jx\\x1b");
}

TEST_CASE("a root cause below two intents has a line of its own") {
    const Error root{ErrorCode::network, "connect to github.com: timed out", "Check the proxy."};
    CHECK(error_text(root) == "connect to github.com: timed out\n        Check the proxy.");
    const auto once = root.within("fetch main");
    CHECK(error_text(once) ==
          "fetch main: connect to github.com: timed out\n"
          "        Check the proxy.");
    const auto twice = once.within("deploy shop");
    CHECK(twice.message == "deploy shop: fetch main: connect to github.com: timed out");
    CHECK(error_text(twice) ==
          "deploy shop: fetch main\n"
          "        connect to github.com: timed out\n"
          "        Check the proxy.");
    CHECK(error_text(Error{ErrorCode::io, "a: b: c"}) == "a: b: c");
}

}  // namespace inhaul::cli
