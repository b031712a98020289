// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>
#include <inhaul/setup/removal.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace inhaul;
using setup::Artifact;
using setup::DiskState;
namespace fs = std::filesystem;

namespace {

/// A directory with a place for each file of an app.
struct Place {
    test::TemporaryDirectory directory;
    fs::path root = directory.path;
    setup::InstallTarget target;

    Place() {
        target = {.account = {1000, 1000, "scripts", "/home/scripts"},
                  .places = {root / "etc/inhaul/scripts", root / "var/lib/inhaul/scripts"},
                  .personal = false,
                  .etc = root / "etc"};
    }

    [[nodiscard]] Settings settings(const std::string& more = {}) const {
        auto loaded = config::parse("repository = \"octocat/shop\"\ndirectory = \"" +
                                        (root / "srv/shop").string() + "\"\n" + more,
                                    target.places.settings / "shop.toml");
        REQUIRE(loaded.apps.size() == 1);
        return loaded.apps.front();
    }
    [[nodiscard]] std::size_t files() const {
        const fs::recursive_directory_iterator all{root};
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
};

std::string content_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

const Artifact* artifact_at(const std::vector<Artifact>& artifacts, const fs::path& path) {
    for (const auto& artifact : artifacts)
        if (artifact.path == path) return &artifact;
    return nullptr;
}

Artifact text(const fs::path& path, std::string content) {
    return {Artifact::Kind::text, "text", path, std::move(content), 0640};
}

}  // namespace

TEST_CASE(
    "an app with units gets permission to restart them, and its settings are installed last") {
    const Place place;
    const auto artifacts = setup::artifacts_of(
        place.settings("[service]\nunits = [\"shop\", \"worker@1\"]\n"), "text", place.target);
    CHECK(artifacts.back().path == place.target.places.settings / "shop.toml");
    CHECK(artifacts.back().mode == 0640);
    CHECK(artifacts.back().owner == file::Owner{0, 1000});
    const auto* const rule =
        artifact_at(artifacts, place.root / "etc/polkit-1/rules.d/50-inhaul-shop@scripts.rules");
    REQUIRE(rule != nullptr);
    CHECK(rule->what == "permission to restart shop.service, worker@1.service");
    CHECK(rule->content.find(R"(["shop.service", "worker@1.service"])") != std::string::npos);
    REQUIRE(rule->older.size() == 3);
    CHECK(rule->older.front().find("reset-failed") == std::string::npos);
    CHECK(rule->older.front().find("worker@1.service") != std::string::npos);
    const auto* const drop_in = artifact_at(
        artifacts, place.root / "etc/systemd/system/inhaul@scripts.service.d/shop.conf");
    REQUIRE(drop_in != nullptr);
    CHECK(drop_in->content.find("srv/shop") != std::string::npos);
}

TEST_CASE("an app without system units gets a polkit rule against lingering") {
    const Place place;
    const auto rules = place.root / "etc/polkit-1/rules.d";
    const auto rule = rules / "50-inhaul-shop@scripts.rules";
    const auto settings = place.settings("[service]\nrestart = [\"true\"]\n");
    CHECK(artifact_at(setup::artifacts_of(settings, "text", place.target), rule) == nullptr);
    fs::create_directories(rules);
    const auto artifacts = setup::artifacts_of(settings, "text", place.target);
    REQUIRE(artifact_at(artifacts, rule) != nullptr);
    CHECK(artifact_at(artifacts, rule)->content.find("set-self-linger") != std::string::npos);
    CHECK(artifact_at(artifacts, rule)->content.find("manage-units") == std::string::npos);
}

TEST_CASE(
    "with a trigger, units of root restart the app's unit, and the account has no permission") {
    Place place;
    const auto units = place.root / "etc/systemd/system";
    const auto rules = place.root / "etc/polkit-1/rules.d";
    const auto requests = place.target.places.state / "restart/shop";
    const auto permitted = place.settings("[service]\nunits = [\"shop\", \"worker@1\"]\n");
    const auto settings = place.settings(
        "[service]\nunits = [\"shop\", \"worker@1\"]\ntrigger = \"" + requests.string() + "\"\n");
    const auto rule = rules / "50-inhaul-shop@scripts.rules";
    CHECK(artifact_at(setup::artifacts_of(settings, "text", place.target), rule) == nullptr);
    fs::create_directories(rules);
    const auto artifacts = setup::artifacts_of(settings, "text", place.target);
    const auto* const path = artifact_at(artifacts, units / "inhaul-restart-shop@scripts.path");
    REQUIRE(path != nullptr);
    CHECK_FALSE(path->owner);  // owned by root
    CHECK(path->mode == 0644);
    CHECK(path->content.find("PathChanged=" + requests.string() + "/shop.service\n") !=
          std::string::npos);
    const auto* const second =
        artifact_at(artifacts, units / "inhaul-restart-shop:2@scripts.service");
    REQUIRE(second != nullptr);
    CHECK(second->content.find("worker@1.service") != std::string::npos);
    CHECK(second->content.find("shop.service") == std::string::npos);
    REQUIRE(artifact_at(artifacts, requests) != nullptr);
    CHECK(artifact_at(artifacts, requests)->owner == file::Owner{1000, 1000});
    // The rule that permitted it is replaced, without --force.
    REQUIRE(artifact_at(artifacts, rule) != nullptr);
    CHECK(artifact_at(artifacts, rule)->content.find("manage-units") == std::string::npos);
    const auto artifacts_before = setup::artifacts_of(permitted, "text", place.target);
    const auto* const before = artifact_at(artifacts_before, rule);
    REQUIRE(before != nullptr);
    const auto& older = artifact_at(artifacts, rule)->older;
    CHECK(std::find(older.begin(), older.end(), before->content) != older.end());
}

TEST_CASE("the units of a trigger are found by their names, and belong to one app and account") {
    const Place place;
    const auto units = place.root / "etc/systemd/system";
    fs::create_directories(units);
    CHECK(setup::trigger_units_of("shop", place.target).empty());
    for (const auto* const name :
         {"inhaul-restart-shop@scripts.path", "inhaul-restart-shop@scripts.service",
          "inhaul-restart-shop:2@scripts.path", "inhaul-restart-shop-2@scripts.path",
          "inhaul-restart-shop@other.path", "inhaul-restart-other@scripts.path"})
        std::ofstream{units / name} << "[Unit]\n";
    CHECK(setup::trigger_units_of("shop", place.target) ==
          std::vector<fs::path>{units / "inhaul-restart-shop@scripts.path",
                                units / "inhaul-restart-shop@scripts.service",
                                units / "inhaul-restart-shop:2@scripts.path"});
    const auto remains = setup::remains_of("shop", nullptr, {}, place.target);
    CHECK(artifact_at(remains, units / "inhaul-restart-shop:2@scripts.path") != nullptr);
    CHECK(artifact_at(remains, units / "inhaul-restart-shop@other.path") == nullptr);
}

TEST_CASE("the agent's drop-in permits the account's user manager and link-local name servers") {
    const Place place;
    const auto drop_in = place.root / "etc/systemd/system/inhaul@scripts.service.d/shop.conf";
    const auto written = [&](const char* service) {
        const auto artifacts = setup::artifacts_of(place.settings(service), "text", place.target);
        REQUIRE(artifact_at(artifacts, drop_in) != nullptr);
        return artifact_at(artifacts, drop_in)->content;
    };
    const auto plain = written("");
    CHECK(plain.find("InaccessiblePaths") == std::string::npos);
    CHECK(
        written("[service]\nunit = \"shop\"\nscope = \"user\"\n").find("\nInaccessiblePaths=\n") !=
        std::string::npos);
    fs::create_directories(place.root / "etc");
    std::ofstream{place.root / "etc/resolv.conf"}
        << "# nameserver 169.254.1.1\nsearch nameserver\nnameserver 127.0.0.53\nnameserver\t"
           "169.254.169.254\nnameserver fe80::1%eth0\nnameserver 169.25.4.1\nnameserver x;y\n";
    const auto more = written("");
    CHECK(more.starts_with(plain));
    CHECK(more.find("IPAddressAllow=169.254.169.254\n") != std::string::npos);
    CHECK(more.find("IPAddressAllow=fe80::1\n") != std::string::npos);
    CHECK(more.find("127.0.0.53") == std::string::npos);
    CHECK(more.find("169.254.1.1") == std::string::npos);
    CHECK(more.find("169.25.4.1") == std::string::npos);
}

TEST_CASE("an app that is set up without root gets no files of root") {
    Place place;
    place.target.personal = true;
    const auto artifacts = setup::artifacts_of(
        place.settings("[service]\nunit = \"shop\"\nscope = \"user\"\n"), "text", place.target);
    for (const auto& artifact : artifacts) {
        CHECK_FALSE(artifact.owner);
        CHECK(artifact.path.string().find("/etc/polkit-1") == std::string::npos);
        CHECK(artifact.path.string().find("/etc/systemd") == std::string::npos);
    }
    CHECK(artifacts.back().mode == 0600);
}

TEST_CASE("keys and secrets are generated in the settings directory only") {
    const Place place;
    const auto own = place.target.places.settings;
    const auto made = setup::artifacts_of(
        place.settings("[auth]\nssh_key = \"" + (own / "shop.key").string() +
                       "\"\n[relay]\nurl = \"https://relay.example/x\"\nsecret_file = \"" +
                       (own / "secret").string() + "\"\n"),
        "text", place.target);
    REQUIRE(artifact_at(made, own / "shop.key") != nullptr);
    CHECK(artifact_at(made, own / "shop.key")->kind == Artifact::Kind::key);
    CHECK(artifact_at(made, own / "shop.key")->mode == 0600);
    REQUIRE(artifact_at(made, own / "secret") != nullptr);
    CHECK(artifact_at(made, own / "secret")->kind == Artifact::Kind::secret);
    const auto theirs = setup::artifacts_of(place.settings("[auth]\nssh_key = \"/home/x/key\"\n"),
                                            "text", place.target);
    CHECK(artifact_at(theirs, "/home/x/key") == nullptr);
}

TEST_CASE("the timer's service gets the agent's permissions, also for earlier apps") {
    Place place;
    const auto agent = place.root / "etc/systemd/system/inhaul@scripts.service.d";
    const auto timer = place.root / "etc/systemd/system/inhaul-once@scripts.service.d";
    fs::create_directories(agent);
    std::ofstream{agent / "blog.conf"} << "[Service]\n";
    CHECK(artifact_at(setup::artifacts_of(place.settings(), "text", place.target),
                      timer / "shop.conf") == nullptr);
    place.target.timer = true;
    const auto artifacts = setup::artifacts_of(place.settings(), "text", place.target);
    REQUIRE(artifact_at(artifacts, timer / "shop.conf") != nullptr);
    CHECK(artifact_at(artifacts, timer / "shop.conf")->content ==
          artifact_at(artifacts, agent / "shop.conf")->content);
    REQUIRE(artifact_at(artifacts, timer / "blog.conf") != nullptr);
    CHECK(artifact_at(artifacts, timer / "blog.conf")->content == "[Service]\n");
}

namespace {

/// An app with every kind of file that init creates, installed.
struct SetUp : Place {
    Settings shop;
    std::vector<fs::path> made;

    SetUp() : shop(settings()) {
        target.timer = true;
        const auto own = target.places.settings;
        shop = settings("[service]\nunit = \"shop\"\n[auth]\nssh_key = \"" +
                        (own / "shop.key").string() +
                        "\"\n[relay]\nurl = \"https://relay.example/x\"\nsecret_file = \"" +
                        (own / "hook").string() + "\"\n");
        for (const auto& artifact : setup::artifacts_of(shop, "text", target)) {
            if (artifact.kind == Artifact::Kind::directory) continue;
            made.push_back(artifact.path);
            if (artifact.kind == Artifact::Kind::key)
                made.push_back(artifact.path.string() + ".pub");
        }
        for (const auto& path : made) {
            fs::create_directories(path.parent_path());
            std::ofstream{path} << "x\n";
        }
    }
};

}  // namespace

TEST_CASE("removal finds all files of an app, the settings first") {
    const SetUp place;
    const auto remains = setup::remains_of("shop", &place.shop, {}, place.target);
    CHECK(remains.front().path == place.target.places.settings / "shop.toml");
    CHECK(remains.size() == place.made.size());
    for (const auto& path : place.made)
        CHECK(artifact_at(remains, path) != nullptr);
    for (const auto& artifact : remains)
        REQUIRE(setup::remove_artifact(artifact));
    for (const auto& path : place.made)
        CHECK_FALSE(fs::exists(path));
    CHECK_FALSE(fs::exists(place.root / "etc/systemd/system/inhaul@scripts.service.d"));
    CHECK(fs::exists(place.target.places.settings));
    CHECK(setup::remains_of("shop", nullptr, {}, place.target).empty());
}

TEST_CASE("removal keeps files that another app needs, and files in other directories") {
    const SetUp place;
    const auto own = place.target.places.settings;
    const auto there = [&](const std::vector<Artifact>& artifacts, const char* name) {
        return artifact_at(artifacts, own / name) != nullptr;
    };
    auto other = place.shop;
    other.relay.reset();
    const auto remains = setup::remains_of("shop", &place.shop, {other}, place.target);
    CHECK_FALSE(there(remains, "shop.key"));
    CHECK_FALSE(there(remains, "shop.key.pub"));
    CHECK(there(remains, "hook"));
    // Without readable settings: the files with the app's name.
    const auto by_name = setup::remains_of("shop", nullptr, {}, place.target);
    CHECK(there(by_name, "shop.key"));
    CHECK_FALSE(there(by_name, "hook"));
    auto elsewhere = place.shop;
    elsewhere.ssh_key = place.root / "etc/ssh_key";
    std::ofstream{*elsewhere.ssh_key} << "x\n";
    CHECK(artifact_at(setup::remains_of("shop", &elsewhere, {}, place.target),
                      *elsewhere.ssh_key) == nullptr);
}

TEST_CASE("a drop-in quotes special characters in the directory's name") {
    CHECK(setup::writable_drop_in("/srv/my shop") ==
          "[Service]\nReadWritePaths=\"-/srv/my shop\"\n");
    CHECK(setup::writable_drop_in("/srv/100%\\\"x") ==
          "[Service]\nReadWritePaths=\"-/srv/100%%\\\\\\\"x\"\n");
}

TEST_CASE("an artifact exists as wanted, exists with other content, or is missing") {
    const Place place;
    const auto artifact = text(place.root / "file", "one\n");
    CHECK(setup::disk_state_of(artifact) == DiskState::no);
    std::ofstream{artifact.path} << "one\n";
    CHECK(setup::disk_state_of(artifact) == DiskState::current);
    std::ofstream{artifact.path} << "two\n";
    CHECK(setup::disk_state_of(artifact) == DiskState::differs);
    const Artifact directory{Artifact::Kind::directory, "directory", artifact.path};
    CHECK(setup::disk_state_of(directory) == DiskState::differs);
    const Artifact secret{Artifact::Kind::secret, "secret", artifact.path};
    CHECK(setup::disk_state_of(secret) == DiskState::current);
}

TEST_CASE("a kept installation stays, with the requested modes") {
    const Place place;
    setup::Installation installation{place.target};
    REQUIRE(installation.put({Artifact::Kind::directory, "d", place.root / "a/b/c", {}, 0700}));
    REQUIRE(installation.put(text(place.root / "a/b/c/file", "one\n")));
    REQUIRE(installation.put({Artifact::Kind::secret, "s", place.root / "a/b/c/secret", {}, 0600}));
    REQUIRE(installation.put({Artifact::Kind::key, "k", place.root / "a/b/c/key", "shop", 0600}));
    installation.keep();
    const auto mode = [&](const char* path) {
        return fs::status(place.root / path).permissions() & fs::perms::mask;
    };
    CHECK(mode("a/b/c") == fs::perms{0700});
    CHECK(mode("a/b/c/file") == fs::perms{0640});
    CHECK(mode("a/b/c/secret") == fs::perms{0600});
    CHECK(mode("a/b/c/key") == fs::perms{0600});
    CHECK(content_of(place.root / "a/b/c/secret").size() == 65);
    CHECK(content_of(place.root / "a/b/c/key").starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
    CHECK(content_of(place.root / "a/b/c/key.pub").starts_with("ssh-ed25519 "));
    CHECK_FALSE(fs::exists(place.root / "a/b/c/.new-key"));
}

TEST_CASE("two generated secrets differ") {
    const Place place;
    setup::Installation installation{place.target};
    REQUIRE(installation.put({Artifact::Kind::secret, "s", place.root / "one", {}, 0600}));
    REQUIRE(installation.put({Artifact::Kind::secret, "s", place.root / "two", {}, 0600}));
    CHECK(content_of(place.root / "one") != content_of(place.root / "two"));
}

TEST_CASE(
    "an installation that is not kept is undone: new files are removed, replaced ones restored") {
    const Place place;
    std::ofstream{place.root / "old"} << "old\n";
    const auto before = place.files();
    {
        setup::Installation installation{place.target};
        REQUIRE(installation.put({Artifact::Kind::directory, "d", place.root / "a/b", {}, 0700}));
        REQUIRE(installation.put(text(place.root / "a/b/file", "one\n")));
        REQUIRE(installation.put({Artifact::Kind::key, "k", place.root / "a/b/key", "shop", 0600}));
        CHECK_FALSE(installation.put(text(place.root / "old", "new\n")));
        REQUIRE(installation.put(text(place.root / "old", "new\n"), DiskState::differs));
        CHECK(content_of(place.root / "old") == "new\n");
        CHECK(content_of(place.root / "old~") == "old\n");
        CHECK_FALSE(installation.put(text(place.root / "nowhere/file", "one\n")));
    }
    CHECK(content_of(place.root / "old") == "old\n");
    CHECK(place.files() == before);
}

TEST_CASE("temporary files of a killed run are removed, and no other files") {
    const Place place;
    for (const auto* const name : {".file.123~", "file~~", "file~", ".other.123~", "file"})
        std::ofstream{place.root / name} << "x";
    fs::create_directory(place.root / ".new-key");
    setup::sweep_beside(text(place.root / "file", ""));
    CHECK_FALSE(fs::exists(place.root / ".file.123~"));
    CHECK_FALSE(fs::exists(place.root / "file~~"));
    for (const auto* const name : {"file~", ".other.123~", "file", ".new-key"})
        CHECK(fs::exists(place.root / name));
    setup::sweep_beside({Artifact::Kind::key, "k", place.root / "file"});
    CHECK_FALSE(fs::exists(place.root / ".new-key"));
}
