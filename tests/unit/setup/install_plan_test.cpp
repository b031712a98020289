// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/install_plan.hpp>

#include <filesystem>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace inhaul;
using setup::DiskState;
using setup::InstallPlan;
namespace fs = std::filesystem;

namespace {

/// An app of this account, with all its files in one directory.
struct AppToInstall {
    test::TemporaryDirectory directory;
    setup::InstallRequest request;

    AppToInstall() {
        const auto& root = directory.path;
        request.target = {.account = account::current().value(),
                          .places = {root / "settings", root / "state"},
                          .personal = true};
        request.app.name = "shop";
        request.app.repository = "octocat/shop";
        request.app.branch = "main";
        request.app.directory = root / "app";
        request.app.ssh_key = root / "settings/shop.key";
        // Guards refuse directories that other accounts can write to.
        fs::permissions(root, fs::perms::owner_all);
    }
    [[nodiscard]] fs::path settings() const { return request.target.places.settings / "shop.toml"; }
    [[nodiscard]] InstallPlan plan(bool force = false) const {
        auto plan = setup::plan_installation(request, force);
        if (!plan) FAIL(plan.error().message);
        return *plan;
    }
    /// Reads the settings that are installed, as `inhaul init` does when it runs again.
    void read_existing() {
        request.written = file::read(settings(), config::largest_file).value();
        request.existing = config::parse(request.written, settings()).apps.at(0);
    }
};

}  // namespace

TEST_CASE("a plan creates each file of a new app, and changes none of them again") {
    AppToInstall app;
    const auto plan = app.plan();
    CHECK(plan.creates(app.settings()));
    CHECK(plan.creates(*app.request.app.ssh_key));
    CHECK_FALSE(fs::exists(app.settings()));
    REQUIRE(setup::check_overwriting(plan));
    REQUIRE(setup::install(plan, app.request.target));
    CHECK(fs::exists(app.settings()));

    app.read_existing();
    const auto again = app.plan();
    CHECK(again.changes_nothing());
    CHECK_FALSE(again.creates(*app.request.app.ssh_key));
    CHECK(again.changed_keys.empty());
}

TEST_CASE("a plan extends existing settings, and names the keys that it changes") {
    AppToInstall app;
    REQUIRE(setup::install(app.plan(), app.request.target));
    app.read_existing();
    app.request.app.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    const auto plan = app.plan();
    CHECK(plan.changes(app.settings()));
    CHECK_FALSE(plan.creates(app.settings()));
    CHECK(setup::check_overwriting(plan));
    REQUIRE(plan.changed_keys.size() == 1);
    CHECK(plan.changed_keys.front().find("ca_file") != std::string::npos);
}

TEST_CASE("no plan removes a gate, and force changes nothing about that") {
    AppToInstall app;
    REQUIRE(setup::install(app.plan(), app.request.target));
    app.read_existing();
    app.request.written += "\n[require]\nchecks = [\"test\"]\n";
    app.request.existing = config::parse(app.request.written, app.settings()).apps.at(0);
    app.request.app.branch = "release";  // conflicts with the settings, so that force replaces them
    const auto plan = setup::plan_installation(app.request, true);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().code == ErrorCode::refused);
    CHECK(plan.error().message.find("require.checks") != std::string::npos);
}

TEST_CASE("a file with other content is named, and a file of an older version is replaced") {
    AppToInstall app;
    auto plan = app.plan();
    const auto path = app.directory.path / "unit.conf";
    REQUIRE(file::write_unsynced(path, "older\n", 0600));
    plan.artifacts.push_back(
        {{.what = "drop-in", .path = path, .content = "new\n", .older = {"older\n"}},
         DiskState::differs});
    CHECK(setup::check_overwriting(plan));
    REQUIRE(file::write_unsynced(path, "edited\n", 0600));
    const auto checked = setup::check_overwriting(plan);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::refused);
    CHECK(checked.error().message.find(path.string()) != std::string::npos);
}
