// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>
#include <inhaul/setup/new_app.hpp>
#include <inhaul/setup/unit_choice.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using setup::NewApp;

namespace {

NewApp simple() {
    return {
        .name = "shop", .repository = "octocat/shop", .branch = "main", .directory = "/srv/shop"};
}

NewApp full() {
    auto app = simple();
    app.units = {"shop.service"};
    app.scope = SystemdUnit::Scope::user;
    app.repository = "git@git.example:octocat/shop.git";
    app.ssh_key = "/etc/inhaul/scripts/shop.key";
    app.known_hosts = "/etc/inhaul/known \"hosts\"";
    app.token_file = "/etc/inhaul/token";
    app.ca_file = "/etc/ssl/own.pem";
    app.api_url = "https://git.example/api/v3";
    app.relay_url = "https://relay.example/Xk2vLq8wZr4TnB6c";
    app.secret_file = "/etc/inhaul/scripts/shop.webhook-secret";
    return app;
}

/// An app with several units.
NewApp grown() {
    auto app = full();
    app.units = {"shop.service", "a\\x2db@1.service"};
    return app;
}

Settings read(const NewApp& app) {
    auto loaded = config::parse(setup::settings_text(app), "/etc/inhaul/scripts/shop.toml");
    for (const auto& problem : loaded.problems)
        UNSCOPED_INFO(config::format(problem));
    REQUIRE(loaded.apps.size() == 1);
    return loaded.apps.front();
}

}  // namespace

TEST_CASE("the settings of a new app are parsed back to the same values") {
    for (const auto& app : {simple(), full(), grown()}) {
        const auto again = setup::as_written(read(app));
        CHECK(setup::keys_of(again) == setup::keys_of(app));
        CHECK(again.name == app.name);
    }
}

TEST_CASE("each table begins once, and an empty key is omitted") {
    const auto text = setup::settings_text(full());
    for (const auto* const table : {"[auth]", "[tls]", "[github]", "[relay]", "[service]"}) {
        const auto first = text.find(table);
        REQUIRE(first != std::string::npos);
        CHECK(text.find(table, first + 1) == std::string::npos);
    }
    CHECK(setup::settings_text(simple()).find('[') == std::string::npos);
}

TEST_CASE("every form of a remote on github.com becomes owner/name") {
    for (const auto* const remote :
         {"git@github.com:octocat/shop.git", "https://github.com/octocat/shop",
          "https://github.com/octocat/shop.git/", "ssh://git@github.com/octocat/shop.git",
          "https://octocat:ghp_secret@GitHub.com/octocat/shop.git",
          "https://x@github.com/octocat/shop"})
        CHECK(setup::repository_from(remote) == "octocat/shop");
}

TEST_CASE("another remote is kept without its password") {
    for (const auto* const remote :
         {"/srv/git/shop.git", "git@git.example:shop.git", "ssh://deploy@git.example:2222/shop.git",
          "https://git.example/shop.git", "git@github.com.evil.example:octocat/shop.git",
          "https://github.com", "file:///srv/git/shop.git"})
        CHECK(setup::repository_from(remote) == remote);
    CHECK(setup::repository_from("https://user:secret@git.example/shop.git") ==
          "https://git.example/shop.git");
    CHECK(setup::repository_from("https://a:b@c:d@git.example/@/shop") ==
          "https://git.example/@/shop");
}

TEST_CASE("an app gets the name of its directory or repository, without invalid characters") {
    const std::pair<const char*, const char*> names[] = {{"shop", "shop"},
                                                         {"octocat/shop.git", "shop"},
                                                         {"git@host:shop.git", "shop"},
                                                         {"My Shop", "My-Shop"},
                                                         {".hidden", "hidden"},
                                                         {"-x", "x"},
                                                         {"caf\xC3\xA9", "caf--"},
                                                         {"/", ""},
                                                         {"", ""}};
    for (const auto& [text, name] : names)
        CHECK(setup::name_from(text) == name);
    CHECK(setup::name_from(std::string(100, 'a')) == std::string(64, 'a'));
}

TEST_CASE("new keys are appended to edited settings") {
    const auto own = setup::settings_text(simple()) + "[hooks]\nbuild = [[\"make\"]]  # mine";
    auto loaded = config::parse(own, "/etc/inhaul/scripts/shop.toml");
    REQUIRE(loaded.apps.size() == 1);
    const auto& there = loaded.apps.front();
    auto app = setup::as_written(there);
    CHECK(setup::extended(own, there, app) == own);
    app.relay_url = "https://relay.example/x";
    app.secret_file = "/etc/inhaul/scripts/shop.webhook-secret";
    const auto text = setup::extended(own, there, app);
    REQUIRE(text);
    CHECK(text->starts_with(own + "\n"));
    CHECK(config::parse(*text, there.file).apps.front().relay->url == "https://relay.example/x");
    SECTION("a conflicting key is refused") {
        app.branch = "next";
        const auto refused = setup::extended(own, there, app);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::refused);
        CHECK(refused.error().message.find("branch would be next") != std::string::npos);
    }
    SECTION("the removal of a key is refused") {
        auto other = app;
        other.relay_url.reset();
        other.secret_file.reset();
        const auto with_relay = config::parse(*text, there.file).apps.front();
        const auto refused = setup::extended(*text, with_relay, other);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("relay.url would be removed") != std::string::npos);
    }
    SECTION("a trigger for the unit is added to the last table") {
        const auto with_unit = own + "\n[service]\nunit = \"shop.service\"\n";
        const auto parsed = config::parse(with_unit, there.file).apps.front();
        auto triggered = setup::as_written(parsed);
        triggered.trigger = "/var/lib/inhaul/scripts/restart/shop";
        const auto more = setup::extended(with_unit, parsed, triggered);
        REQUIRE(more);
        CHECK(*more == with_unit + "trigger = \"/var/lib/inhaul/scripts/restart/shop\"\n");
    }
    SECTION("a key of an existing table is refused") {
        const auto with_auth = own + "\n[auth]\ntoken_file = \"/etc/inhaul/token\"\n";
        const auto parsed = config::parse(with_auth, there.file).apps.front();
        auto keyed = setup::as_written(parsed);
        keyed.ssh_key = "/etc/inhaul/key";
        CHECK_FALSE(setup::extended(with_auth, parsed, keyed));
    }
}

TEST_CASE("a unit's name gets the same suffix on the command line and in the settings") {
    setup::UnitChoice choice{true};
    choice.name({"my.app", "shop", "web.socket"});
    CHECK(choice.names() ==
          std::vector<std::string>{"my.app.service", "shop.service", "web.socket"});
}
