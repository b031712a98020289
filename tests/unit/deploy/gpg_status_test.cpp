// SPDX-License-Identifier: Apache-2.0
#include <deploy/gpg_status.hpp>

#include "support/catch.hpp"

using inhaul::deploy::gpg_fault;
using inhaul::test::ContainsSubstring;

namespace {

const std::string good =
    "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123 ada\ngpg: Good signature from \"ada\"\n"
    "[GNUPG:] VALIDSIG 0123 2026-01-01\n";

}  // namespace

TEST_CASE("a good and valid signature counts") {
    CHECK_FALSE(gpg_fault(good, true));
}

TEST_CASE("a failed gpg has verified nothing, whatever it printed") {
    CHECK(gpg_fault(good, false));
}

TEST_CASE("an incomplete gpg status is not valid") {
    CHECK(gpg_fault("[GNUPG:] GOODSIG 0123 ada\n", true));
    CHECK(gpg_fault("[GNUPG:] VALIDSIG 0123\n", true));
    CHECK(gpg_fault("", true) == "its signature is invalid: no output");
}

TEST_CASE("one bad signature among several is refused") {
    const std::string word = GENERATE("BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG");
    const auto bad = "[GNUPG:] " + word + " 0123 eve\n";
    CHECK_THAT(gpg_fault(good + bad, true).value(), ContainsSubstring(word + " 0123 eve"));
    CHECK(gpg_fault(bad + good, true));
}

TEST_CASE("only a whole line is a gpg status") {
    CHECK(gpg_fault("gpg: [GNUPG:] GOODSIG 1\ngpg: [GNUPG:] VALIDSIG 1\n", true));
    CHECK(gpg_fault("[GNUPG:] GOODSIGN 1\n[GNUPG:] VALIDSIGS 1\n", true));
}

TEST_CASE("gpg's message is shown on one line") {
    const auto fault = gpg_fault("[GNUPG:] BADSIG 1 \x1b[2Jada\n", true);
    CHECK_THAT(fault.value(), ContainsSubstring("\\x1b[2Jada"));
}
