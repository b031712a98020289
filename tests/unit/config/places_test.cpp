// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/account.hpp>

#include "reading.hpp"

namespace inhaul::test {
namespace {

/// An account with only a home.
struct MinimalAccount {
    Variable home{"HOME", "/home/nobody-here"};
    Variable config{"XDG_CONFIG_HOME", nullptr};
    Variable state_home{"XDG_STATE_HOME", nullptr};
    Variable state{"STATE_DIRECTORY", nullptr};
};

config::Places places(std::optional<fs::path> config = {}, std::optional<fs::path> state = {}) {
    const auto found = config::places(config, state);
    REQUIRE(found);
    return *found;
}

/// True if this machine has settings for the account of the test, which take precedence.
bool has_system_settings() {
    const auto account = account::current();
    REQUIRE(account);
    const auto place = fs::path{"/etc/inhaul"} / account->name;
    if (fs::is_directory(place)) WARN("not tested, since there is " << place);
    return fs::is_directory(place);
}

}  // namespace

TEST_CASE("the settings and state of an account are below its home") {
    const MinimalAccount account;
    if (has_system_settings()) return;
    CHECK(places().settings == "/home/nobody-here/.config/inhaul");
    CHECK(places().state == "/home/nobody-here/.local/state/inhaul");
}

TEST_CASE("absolute XDG directories are used, relative ones are ignored") {
    const MinimalAccount account;
    if (has_system_settings()) return;
    account.config.set("/xdg/config");
    account.state_home.set("/xdg/state");
    CHECK(places().settings == "/xdg/config/inhaul");
    CHECK(places().state == "/xdg/state/inhaul");
    account.config.set("config");
    account.state_home.set("state");
    CHECK(places().settings == "/home/nobody-here/.config/inhaul");
    CHECK(places().state == "/home/nobody-here/.local/state/inhaul");
}

TEST_CASE("the options take precedence and become absolute") {
    const MinimalAccount account;
    account.state.set("/var/lib/inhaul/scripts");
    const auto found = places("here/./settings/", "here/state");
    CHECK(found.settings == fs::current_path() / "here/settings");
    CHECK(found.state == fs::current_path() / "here/state");
    CHECK(places("/etc/inhaul/../x").settings == "/etc/x");
}

TEST_CASE("settings of an account in /etc have their state in /var/lib") {
    const MinimalAccount account;
    CHECK(places("/etc/inhaul/scripts/").state == "/var/lib/inhaul/scripts");
    CHECK(places("/etc/inhaul/scripts/deeper").state == "/home/nobody-here/.local/state/inhaul");
}

TEST_CASE("systemd's state directory overrides all but the option") {
    const MinimalAccount account;
    account.state.set("/run/one:/run/two");
    CHECK(places("/etc/inhaul/scripts").state == "/run/one");
    CHECK(places("/etc/inhaul/scripts", "/other").state == "/other");
}

TEST_CASE("the unit of an account reads its settings in /etc even before they exist") {
    const MinimalAccount account;
    const auto name = inhaul::account::current()->name;
    account.state.set(("/var/lib/inhaul/" + name).c_str());
    CHECK(places().settings == "/etc/inhaul/" + name);
    if (has_system_settings()) return;
    account.state.set("/var/lib/inhaul/somebody-else");
    CHECK(places().settings == "/home/nobody-here/.config/inhaul");
}

TEST_CASE("an empty option is a usage error that names the option") {
    const MinimalAccount account;
    const auto found = config::places(fs::path{}, {});
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::usage);
    CHECK(found.error().message == "--config: \"\" is not a directory");
}

TEST_CASE("an account without a home needs the options") {
    const MinimalAccount account;
    if (has_system_settings()) return;
    account.home.set("relative");
    const auto found = config::places({}, {});
    REQUIRE_FALSE(found);
    CHECK(found.error().message == "this account has no home directory");
    CHECK(config::places("/x", "/y"));
}

}  // namespace inhaul::test
