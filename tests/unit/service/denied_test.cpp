// SPDX-License-Identifier: Apache-2.0
#include "service/one_unit.hpp"
#include "support/catch.hpp"

using namespace inhaul;
using service::says_denied;

TEST_CASE("a denial by polkit is recognised by the name of systemd's error") {
    const std::string bus{"org.freedesktop.DBus.Error."};
    const std::string systemd{"org.freedesktop.systemd1."};
    CHECK(
        says_denied({bus + "InteractiveAuthorizationRequired", "Interactive ...", 1}, "a.service"));
    CHECK(says_denied({bus + "AccessDenied", "Permission denied", 1}, "a.service"));
    CHECK(says_denied({systemd + "UnitMasked", "Unit polkit.service is masked.", 1}, "a.service"));
    CHECK(says_denied({systemd + "NoSuchUnit", "Unit polkit.service not found.", 1}, "a.service"));
    CHECK_FALSE(says_denied({systemd + "NoSuchUnit", "Unit a.service not found.", 1}, "a.service"));
    CHECK_FALSE(says_denied({bus + "Failed", "polkit is a word", 1}, "a.service"));
}

TEST_CASE("a unit with polkit in its name is not denied when it is masked or missing") {
    const std::string systemd{"org.freedesktop.systemd1."};
    for (const auto* unit : {"polkit-app.service", "my-polkit.service", "polkit.service"}) {
        CAPTURE(unit);
        const auto text = std::string{"Unit "} + unit + " is masked.";
        CHECK_FALSE(says_denied({systemd + "UnitMasked", text, 1}, unit));
    }
}
