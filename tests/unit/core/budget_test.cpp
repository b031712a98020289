// SPDX-License-Identifier: Apache-2.0
#include <inhaul/budget.hpp>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul {
namespace {

struct Fixture : test::TemporaryDirectory {
    SecretFiles files;

    [[nodiscard]] std::filesystem::path token(const std::string& name,
                                              const std::string& content) const {
        using std::filesystem::perms;
        const auto file = path / name;
        std::ofstream{file} << content;
        std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
        return file;
    }
    [[nodiscard]] Settings settings(const std::string& name, const std::string& git_url) const {
        auto made = test::settings(name);
        made.git_url = git_url;
        made.token_file = path / "token";
        return made;
    }
};

}  // namespace

TEST_CASE("apps of one server with the same token share a budget, whatever their settings are") {
    Fixture fixture;
    (void)fixture.token("token", "s3cret\n");
    const auto shop = fixture.settings("shop", "https://git.example/octocat/shop.git");
    auto blog = fixture.settings("blog", "https://git.example/octocat/blog.git");
    blog.token_file = fixture.token("copy of the token", "s3cret\n");
    const auto budget = git_budget(shop, fixture.files);
    CHECK(budget == git_budget(blog, fixture.files));
    CHECK(rest_budget(shop, fixture.files) == rest_budget(blog, fixture.files));
    auto changed = shop;
    changed.hash = "another";
    CHECK(budget == git_budget(changed, fixture.files));
    CHECK(budget == git_budget("https://git.example/x", Secret{"s3cret"}));
}

TEST_CASE("another server, port, scheme, token or protocol has a budget of its own") {
    const Secret token{"s3cret"};
    const auto budget = git_budget("https://git.example/x.git", token);
    CHECK(budget == git_budget("https://GIT.example:443/y.git", token));
    CHECK(budget != git_budget("https://other.example/x.git", token));
    CHECK(budget != git_budget("https://git.example:8443/x.git", token));
    CHECK(budget != git_budget("http://git.example/x.git", token));
    CHECK(budget != git_budget("https://git.example/x.git", Secret{"another"}));
    CHECK(budget != git_budget("https://git.example/x.git", std::nullopt));
    CHECK(budget != rest_budget("https://git.example/api/v3", token));
}

TEST_CASE("a budget never contains the token") {
    const Secret token{"s3cret"};
    for (const auto& budget : {git_budget("https://git.example/x.git", token),
                               rest_budget("https://api.github.com", token)}) {
        CHECK_FALSE(budget.empty());
        CHECK(budget.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("requests without a limit have no budget") {
    Fixture fixture;
    CHECK(git_budget("git@github.com:octocat/shop.git", std::nullopt).empty());
    CHECK(git_budget("ssh://git@github.com/octocat/shop.git", std::nullopt).empty());
    CHECK(git_budget("/srv/git/shop.git", std::nullopt).empty());
    // Without the token, no request is sent.
    const auto shop = fixture.settings("shop", "https://git.example/octocat/shop.git");
    CHECK(git_budget(shop, fixture.files).empty());
    CHECK(rest_budget(shop, fixture.files).empty());
    auto elsewhere = shop;
    elsewhere.github.reset();
    elsewhere.token_file.reset();
    CHECK(rest_budget(elsewhere, fixture.files).empty());
    CHECK_FALSE(git_budget(elsewhere, fixture.files).empty());
}

TEST_CASE("the budget of an app alone ends with its settings") {
    auto shop = test::settings("shop");
    const auto budget = app_budget(shop);
    CHECK(budget != app_budget(test::settings("blog")));
    shop.hash = "another";
    CHECK(budget != app_budget(shop));
}

}  // namespace inhaul
