// SPDX-License-Identifier: Apache-2.0
#include <git/checkout/attribute_lines.hpp>
#include <git/checkout/ident.hpp>
#include "support/catch.hpp"

using namespace inhaul::git;

TEST_CASE("each ident of a file is expanded, and collapsed again") {
    CHECK(with_idents("$Id$ a $Id: old $\n$Id$", "1f") == "$Id: 1f $ a $Id: 1f $\n$Id: 1f $");
    CHECK(without_idents("$Id: 1f $ a $Id$\n$Id: any words $") == "$Id$ a $Id$\n$Id$");
}

TEST_CASE("text that only resembles an ident stays") {
    for (const auto* const text :
         {"", "$", "$Id", "$Idea costs $5", "$Id: not\nin one line $", "$id$", "Id$"}) {
        CHECK(with_idents(text, "1f") == text);
        CHECK(without_idents(text) == text);
    }
    CHECK(with_idents("$Id: of another system $", "1f") == "$Id: of another system $");
}

TEST_CASE("the attribute ident is renamed wherever a line names it") {
    CHECK(for_libgit2("* ident\n*.x -ident text=auto\nident !ident\n# ident\n[attr]a ident=b",
                      true) ==
          "[attr]a inhaul-ident=b\n* inhaul-ident\n*.x -inhaul-ident text=auto\n"
          "ident !inhaul-ident\n");
    CHECK(for_libgit2("* identity\n", true) == "* identity\n");
    CHECK(for_libgit2("", true).empty());
}

TEST_CASE("attributes are rewritten as git reads them") {
    const auto rewritten = [](std::string_view line) { return for_libgit2(line, true); };
    CHECK(rewritten(R"("a b\tc\303\251\"" text)") == "a\\ b\\\tc\xc3\xa9\" text\n");
    CHECK(rewritten(R"("\052.txt" text)") == "*.txt text\n");
    CHECK(rewritten(R"("#a" text)") == "\\#a text\n");
    CHECK(rewritten(R"("a\\ b" text)") == "a\\ b text\n");
    CHECK(rewritten(R"("a text)") == "\"a text\n");
    CHECK(rewritten("a -text=auto\n") == "a -text\n");
    CHECK(rewritten("a text= eol=crlf\r\n") == "a text=, eol=crlf\n");
    CHECK(rewritten("\xef\xbb\xbf* text\n") == "#\n\xef\xbb\xbf* text\n");
    for (const auto* const ignored :
         {"!a text", R"("!a" text)", "a text # why", "a --text", "a -", "a =x", "a t@xt", "a",
          R"(a\ b text)", "[attr]-x text", R"("" text)"})
        CHECK(rewritten(ignored).empty());
    CHECK(rewritten("a " + std::string(2045, 'b')) == "a " + std::string(2045, 'b') + "\n");
    CHECK(rewritten("a " + std::string(2046, 'b')).empty());
}

TEST_CASE("macros come before the lines and the macros that use them") {
    CHECK(for_libgit2("*.c a\n[attr]a b\n[attr]b text\n[attr]b eol=lf\n", true) ==
          "[attr]b eol=lf\n[attr]a b\n*.c a\n");
    CHECK(for_libgit2("[attr]a b\n[attr]b a\n", true) == "[attr]b a\n[attr]a b\n");
    CHECK(for_libgit2("*.c a\n[attr]a text\n", false) == "*.c a\n");
}
