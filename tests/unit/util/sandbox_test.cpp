// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

#include "support/catch.hpp"

namespace inhaul {
namespace {

constexpr std::string_view of_scripts{"inhaul@scripts.service"};

TEST_CASE("the hint for a read-only place is the line that makes it writable") {
    for (const auto* const said : {"touch: cannot touch '/data/shop/x': Read-only file system",
                                   "OSError: [Errno 30] Read-only file system: '/data/shop/x'",
                                   "Error: EROFS: read-only file system, open '/data/shop/x'",
                                   "building a/b\nmkdir: cannot create directory ‘/data/shop/x’: "
                                   "Read-only file system\nx"}) {
        CAPTURE(said);
        const auto hint = sandbox::hint(said, of_scripts);
        CHECK(hint.find("`sudo systemctl edit inhaul@scripts.service`") != std::string::npos);
        CHECK(hint.find("ReadWritePaths=/d") != std::string::npos);
    }
}

TEST_CASE("the hint for a read-only place contains no control characters and no endless path") {
    const auto place = [](const std::string& path) {
        return sandbox::hint(path + ": Read-only file system", of_scripts);
    };
    for (const auto* const path : {"/data\x1b/shop/x", "/data/shop\r/x", "/data/\x7f/x"}) {
        const auto hint = place(path);
        CHECK(std::none_of(hint.begin(), hint.end(), is_control));
        CHECK(hint.find("ReadWritePaths=/") != std::string::npos);
    }
    CHECK(place("/100%/y").find("ReadWritePaths=/100%% ") != std::string::npos);
    const auto spaced = sandbox::allow_writing("EDIT", "/srv/my \"app\"/100%");
    CHECK(spaced.find(R"(ReadWritePaths="/srv/my \"app\"/100%%" )") != std::string::npos);
    CHECK(place("/data/" + std::string(5000, 'x') + "/y").find("ReadWritePaths=/DIRECTORY ") !=
          std::string::npos);
}

TEST_CASE("the units of an account's own manager are edited by the account") {
    CHECK(sandbox::edit_command("inhaul.service") == "systemctl --user edit inhaul.service");
    CHECK(sandbox::edit_command("inhaul@scripts") == "sudo systemctl edit inhaul@scripts");
}

TEST_CASE("a command for a unit names its manager, and sudo for a change of the system's units") {
    CHECK(systemctl(UnitScope::system, "unmask", "shop.service") ==
          "sudo systemctl unmask shop.service");
    CHECK(systemctl(UnitScope::system, "status", "shop.service") ==
          "systemctl status shop.service");
    CHECK(systemctl(UnitScope::user, "unmask", "shop.service") ==
          "systemctl --user unmask shop.service");
    CHECK(systemctl(UnitScope::system, "daemon-reload") == "sudo systemctl daemon-reload");
    CHECK(systemctl(UnitScope::user, "daemon-reload") == "systemctl --user daemon-reload");
    CHECK(systemctl(UnitScope::system, "cat", R"(a\x2db.service)") ==
          R"(systemctl cat 'a\x2db.service')");
    CHECK(journalctl(UnitScope::system, "shop.service") == "sudo journalctl -u shop.service");
    CHECK(journalctl(UnitScope::user, "shop.service") == "journalctl --user -u shop.service");
}

TEST_CASE("failures that the sandbox causes are explained") {
    const auto says = [](std::string_view output, std::string_view expected) {
        CAPTURE(output);
        CHECK(sandbox::hint(output, of_scripts).find(expected) != std::string::npos);
    };
    says("sudo: The \"no new privileges\" flag is set, which prevents sudo from running as root.",
         "polkit");
    says("bwrap: No permissions: Operation not permitted", "loosen.conf");
    says("Failed to connect to bus: $DBUS_SESSION_BUS_ADDRESS and $XDG_RUNTIME_DIR not defined",
         "InaccessiblePaths=");
    says("Failed to connect to bus: No medium found", "InaccessiblePaths=");
    says("connect to /tmp/supervisor.sock: No such file or directory", "PrivateTmp=no");
}

TEST_CASE("failures with another cause, or outside the sandbox, get no hint") {
    CHECK(sandbox::hint("make: *** [all] Error 1", of_scripts).empty());
    CHECK(sandbox::hint("cat: x: No such file or directory", of_scripts).empty());
    CHECK(sandbox::hint("touch: '/data/x': Read-only file system", "").empty());
}

}  // namespace
}  // namespace inhaul
