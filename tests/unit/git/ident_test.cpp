// SPDX-License-Identifier: Apache-2.0
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
    CHECK(with_our_ident("* ident\n*.x -ident text=auto\nident !ident\n# ident\n[attr]a ident=b") ==
          "* inhaul-ident\n*.x -inhaul-ident text=auto\nident !inhaul-ident\n# inhaul-ident\n"
          "[attr]a inhaul-ident=b\n");
    CHECK(with_our_ident("* identity\n") == "* identity\n");
    CHECK(with_our_ident("").empty());
}
