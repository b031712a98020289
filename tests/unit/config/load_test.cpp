// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "host.hpp"

namespace inhaul::test {
namespace {

std::string app(const Host& host, const std::string& directory) {
    return "repository = \"o/n\"\ndirectory = \"" + (host.root / directory).string() + "\"\n";
}

std::vector<std::string> names(const config::Loaded& loaded) {
    std::vector<std::string> found;
    for (const auto& settings : loaded.apps)
        found.push_back(settings.app.text());
    return found;
}

std::string said(const Host& host) {
    return host.shortened(all_of(config::load(host.root / "etc").problems));
}

}  // namespace

TEST_CASE("each file of the directory is an app, sorted by name") {
    const Host host;
    host.file("etc/web.toml", app(host, "web"));
    host.file("etc/api.toml", app(host, "api"));
    host.file("etc/api-2.toml", app(host, "api-2"));
    host.file("etc/README", "not settings");
    host.file("etc/old.toml.bak", "not settings");
    host.file("etc/.web.toml", "an editor's");
    const auto loaded = config::load(host.root / "etc");
    CHECK(all_of(loaded.problems).empty());
    CHECK(names(loaded) == std::vector<std::string>{"api", "api-2", "web"});
    CHECK(loaded.apps.front().file == host.root / "etc/api.toml");
}

TEST_CASE("one bad file does not hide the others") {
    const Host host;
    host.file("etc/good.toml", app(host, "good"));
    host.file("etc/bad.toml", "repository = 1\n");
    host.file("etc/my app.toml", app(host, "x"));
    host.file("etc/broken.toml", "[&");
    const auto loaded = config::load(host.root / "etc");
    CHECK(names(loaded) == std::vector<std::string>{"good"});
    const auto text = host.shortened(all_of(loaded.problems));
    CHECK_THAT(text, ContainsSubstring("ROOT/etc/bad.toml:1:14: repository: "));
    CHECK_THAT(text, ContainsSubstring("ROOT/etc/bad.toml:1:1: directory: is missing"));
    CHECK_THAT(text, ContainsSubstring("ROOT/etc/broken.toml:1:2: not TOML: "));
    CHECK_THAT(text, ContainsSubstring("ROOT/etc/my app.toml: \"my app\" is not a valid app name"));
}

TEST_CASE("a problem on the host is a problem of the app's settings") {
    const Host host;
    host.file("etc/web.toml", app(host, "web") + "[auth]\ntoken_file = \"/nowhere/token\"\n");
    CHECK(config::load(host.root / "etc").apps.empty());
    CHECK_THAT(said(host), ContainsSubstring("ROOT/etc/web.toml:4:14: auth.token_file: open "
                                             "/nowhere/token: No such file or directory"));
}

TEST_CASE("two apps cannot have the same directory, also with different spellings") {
    const Host host;
    fs::create_directory(host.root / "web");
    fs::create_directory_symlink(host.root / "web", host.root / "alias");
    host.file("etc/a.toml", app(host, "web"));
    host.file("etc/b.toml", "# twice\n" + app(host, "alias"));
    CHECK(names(config::load(host.root / "etc")) == std::vector<std::string>{"a"});
    CHECK(said(host) ==
          "ROOT/etc/b.toml:3:13: directory: ROOT/web is already the directory of a\n"
          "        Give each app its own directory.\n");
}

TEST_CASE("a directory without settings is a problem") {
    const Host host;
    CHECK(said(host) ==
          "ROOT/etc: no such directory\n"
          "        To set up an app, run: sudo inhaul init DIRECTORY\n");
    fs::create_directory(host.root / "etc");
    CHECK(said(host) ==
          "ROOT/etc: contains no settings\n"
          "        To set up an app, run: sudo inhaul init DIRECTORY\n");
    fs::remove(host.root / "etc");
    host.file("etc", app(host, "x"));
    CHECK(said(host) ==
          "ROOT/etc: is a file, not a directory of settings\n"
          "        Name its directory: ROOT.\n");
}

TEST_CASE("a file that cannot be read is a problem") {
    const Host host;
    fs::create_directories(host.root / "etc/directory.toml");
    fs::create_symlink("nowhere", host.root / "etc/link.toml");
    host.file("etc/large.toml", std::string(300 * 1024, '#'));
    CHECK(said(host) ==
          "ROOT/etc/directory.toml: read ROOT/etc/directory.toml: not a regular file\n"
          "ROOT/etc/large.toml: read ROOT/etc/large.toml: larger than 262144 bytes\n"
          "ROOT/etc/link.toml: open ROOT/etc/link.toml: No such file or directory\n");
}

TEST_CASE("a reload keeps an app with unreadable settings and drops an app without settings") {
    const Host host;
    const auto directory = host.root / "etc";
    for (const auto* const name : {"api", "old", "shop", "web"})
        host.file(std::string{"etc/"} + name + ".toml", app(host, name));
    const auto before = config::load(directory).apps;
    host.file("etc/shop.toml", "repository = 1\n");
    host.file("etc/web.toml", "branch = \"other\"\n" + app(host, "web"));
    fs::remove(directory / "old.toml");
    fs::remove(directory / "api.toml");
    fs::create_symlink("nowhere", directory / "api.toml");
    const auto after = config::reload(directory, before);
    CHECK(names(after) == std::vector<std::string>{"api", "web"});
    CHECK(after.apps.back().branch.text() == "other");
    std::set<std::string> unreadable;
    for (const auto& problem : after.problems)
        unreadable.insert(problem.file.filename().string());
    CHECK(unreadable == std::set<std::string>{"api.toml", "shop.toml"});

    fs::rename(directory, host.root / "elsewhere");
    CHECK(names(config::reload(directory, before)).empty());
    host.file("etc", "a file\n");
    CHECK(names(config::reload(directory, before)).size() == 4);
    fs::remove(directory);
    fs::create_directory(directory);
    CHECK(names(config::reload(directory, before)).empty());
}

TEST_CASE("a reload gives no directory to two apps") {
    const Host host;
    host.file("etc/shop.toml", app(host, "shop"));
    const auto before = config::load(host.root / "etc").apps;
    fs::remove(host.root / "etc/shop.toml");
    fs::create_symlink("nowhere", host.root / "etc/shop.toml");
    host.file("etc/store.toml", app(host, "shop"));
    CHECK(names(config::reload(host.root / "etc", before)) == std::vector<std::string>{"store"});
}

}  // namespace inhaul::test
