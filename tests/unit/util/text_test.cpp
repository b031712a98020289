// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <inhaul/util/text.hpp>

#include "support/catch.hpp"

namespace inhaul {

TEST_CASE("the nearest word is found for a typing error, and none for another word") {
    constexpr std::array<std::string_view, 4> words{"repository", "branch", "directory", "shop"};
    CHECK(nearest("repositry", words) == "repository");
    CHECK(nearest("brnach", words) == "branch");
    CHECK(nearest("shpo", words) == "shop");
    CHECK(nearest("directry", words) == "directory");
    CHECK_FALSE(nearest("interval", words));
    CHECK_FALSE(nearest("", words));
    CHECK_FALSE(nearest("shop", {}));
}

TEST_CASE("printed text cannot move the cursor, ring the bell, hide text or change its direction") {
    CHECK(printable("grüße, 世界 🚀") == "grüße, 世界 🚀");
    CHECK(printable("a\x1b[31mb\n") == "a\\x1b[31mb\\x0a");
    CHECK(printable("a\u009bm") == "a\\xc2\\x9bm");
    CHECK(printable("a\u202eb\u200b") == "a\\xe2\\x80\\xaeb\\xe2\\x80\\x8b");
    CHECK(printable("\u061c") == "\\xd8\\x9c");
    CHECK(printable("\xff\xc3") == "\\xff\\xc3");
    CHECK(printable("\xc0\x80") == "\\xc0\\x80");                    // not the shortest form
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
    CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
    CHECK(printable("äöü", 2) == "äö…");
}

TEST_CASE("a word of a shell command is quoted if the shell could read more in it") {
    CHECK(shell_word("/srv/my-app_1.2@x") == "/srv/my-app_1.2@x");
    CHECK(shell_word("$(reboot)") == "'$(reboot)'");
    CHECK(shell_word("it's; rm ~") == "'it'\\''s; rm ~'");
    CHECK(shell_word("a\nb") == "'a\\x0ab'");
    CHECK(shell_word("") == "''");
}

TEST_CASE("white space is trimmed at both ends only") {
    CHECK(trimmed(" \t a b\r\n") == "a b");
    CHECK(trimmed(" \n").empty());
    CHECK(trimmed("x") == "x");
}

TEST_CASE("line feeds separate the lines of a text") {
    using Lines = std::vector<std::string_view>;
    CHECK(lines_of("") == Lines{});
    CHECK(lines_of("a") == Lines{"a"});
    CHECK(lines_of("a\n") == Lines{"a"});
    CHECK(lines_of("a\n\n b \r\n") == Lines{"a", "", " b \r"});
    CHECK(lines_of("\n") == Lines{""});
}

TEST_CASE("a hint of several lines is indented, or joined to the message in one line") {
    CHECK(indent_lines("Run: a\nRun: b", "  ") == "Run: a\n  Run: b");
    CHECK(indent_lines("", "  ").empty());
    CHECK(with_hint("x is missing", "") == "x is missing");
    CHECK(with_hint("x is missing", "Run: a\nRun: b") == "x is missing. Run: a; Run: b");
    CHECK(with_hint("it said: denied.", "Run: a") == "it said: denied. Run: a");
}

TEST_CASE("a command of a hint has backticks in the middle of a text") {
    CHECK(with_quoted_commands("Run: sudo a b") == "Run `sudo a b`");
    CHECK(with_quoted_commands("To find it, run: a\nOr run: b; c") ==
          "To find it, run `a`\nOr run `b; c`");
    CHECK(with_quoted_commands("See the log. Then run `a`.") == "See the log. Then run `a`.");
    CHECK(with_quoted_commands("").empty());
}

TEST_CASE("columns are counted as code points") {
    CHECK(columns("abc") == 3);
    CHECK(columns("größe") == 5);
    CHECK(columns("") == 0);
}

}  // namespace inhaul
