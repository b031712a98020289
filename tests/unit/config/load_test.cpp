#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/file.hpp>

#include "support/catch.hpp"

namespace inhaul::config {
namespace {

/// A directory of settings that goes with the test.
struct Directory {
    fs::path path;
    Directory() {
        auto pattern = (fs::temp_directory_path() / "inhaul-config-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
        fs::create_directory(path / "srv");
    }
    ~Directory() { fs::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    void write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
        std::ofstream{path / name} << text;
        ::chmod((path / name).c_str(), mode);
    }
    [[nodiscard]] std::string app(const std::string& directory,
                                  const std::string& more = {}) const {
        return "repository = \"a/b\"\ndirectory = \"" + (path / "srv" / directory).string() +
               "\"\n" + more;
    }
    [[nodiscard]] std::string wrong() const {
        std::string text;
        for (const auto& problem : load(path).problems)
            text += format(problem) + "\n";
        return text;
    }
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Environment variables as they were, at the end.
struct Environment {
    explicit Environment(std::initializer_list<const char*> names) {
        for (const auto* name : names) {
            saved.emplace_back(name, file::environment(name));
            ::unsetenv(name);
        }
    }
    ~Environment() {
        for (const auto& [name, value] : saved)
            value ? ::setenv(name, value->c_str(), 1) : ::unsetenv(name);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    std::vector<std::pair<const char*, std::optional<std::string>>> saved;
};

}  // namespace

TEST_CASE("a directory's files are its apps, in order, and a broken one does not hide the others") {
    const Directory directory;
    directory.write("shop.toml", directory.app("shop"));
    directory.write("blog.toml", directory.app("blog"));
    directory.write("bad.toml", "repository = 1\n");
    directory.write("README", "not settings");
    const auto loaded = load(directory.path);
    REQUIRE(loaded.apps.size() == 2);
    CHECK(loaded.apps[0].app.text() == "blog");
    CHECK(loaded.apps[1].app.text() == "shop");
    CHECK(contains(directory.wrong(), "bad.toml:1:14: repository: must be a string"));
}

TEST_CASE("no directory, and no file in it, are told of") {
    const Directory directory;
    CHECK(contains(directory.wrong(), "holds no settings"));
    CHECK(contains(format(load(directory.path / "none").problems.at(0)), "cannot be read"));
}

TEST_CASE("two apps cannot have one directory") {
    const Directory directory;
    directory.write("blog.toml", directory.app("x"));
    directory.write("shop.toml", directory.app("x"));
    CHECK(load(directory.path).apps.size() == 1);
    CHECK(contains(directory.wrong(), "is the directory of blog already"));
}

TEST_CASE("keys and tokens that others can read are refused with the command that mends it") {
    const Directory directory;
    const auto key = (directory.path / "key").string();
    directory.write("shop.toml", directory.app("shop", "[auth]\nssh_key = \"" + key + "\"\n"));
    CHECK(contains(directory.wrong(),
                   "shop.toml:4:11: auth.ssh_key: open " + key + ": No such file"));
    directory.write("key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0644);
    CHECK(contains(directory.wrong(),
                   "mode 0644 lets others read it\n        Run: chmod 600 " + key));
    directory.write("key", "ssh-ed25519 AAAA me\n", 0600);
    CHECK(contains(directory.wrong(), "is the public half"));
    directory.write("key", "hello\n", 0600);
    CHECK(contains(directory.wrong(), "is no private key"));
    directory.write("key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0600);
    CHECK(directory.wrong().empty());
}

TEST_CASE("a token file holds one token") {
    const Directory directory;
    const auto token = (directory.path / "token").string();
    directory.write("shop.toml", directory.app("shop", "[auth]\ntoken_file = \"" + token + "\"\n"));
    for (const auto* bad : {"", "\n", "two words\n", "a\nb\n"}) {
        directory.write("token", bad);
        CHECK(contains(directory.wrong(), "must hold the token, alone on one line"));
    }
    directory.write("token", "ghp_x\n");
    CHECK(directory.wrong().empty());
}

TEST_CASE("an authority's file holds a certificate, and the directory can be made") {
    const Directory directory;
    directory.write("ca", "nothing\n");
    directory.write("shop.toml",
                    directory.app("none/shop", "[tls]\nca_file = \"" +
                                                   (directory.path / "ca").string() + "\"\n"));
    CHECK(contains(directory.wrong(), "holds no certificate in PEM"));
    CHECK(contains(directory.wrong(), "Make the latter: mkdir -p"));
}

TEST_CASE("where settings and state are follows the account, the person, and what is asked for") {
    const Environment clean{"STATE_DIRECTORY", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"};
    ::setenv("HOME", "/home/ada", 1);
    auto found = places(std::nullopt, std::nullopt);
    REQUIRE(found);
    CHECK(found->settings == "/home/ada/.config/inhaul");
    CHECK(found->state == "/home/ada/.local/state/inhaul");

    ::setenv("XDG_CONFIG_HOME", "/x/config", 1);
    ::setenv("XDG_STATE_HOME", "/x/state", 1);
    found = places(std::nullopt, std::nullopt);
    CHECK(found->settings == "/x/config/inhaul");
    CHECK(found->state == "/x/state/inhaul");

    CHECK(places("/etc/inhaul/scripts/", std::nullopt)->state == "/var/lib/inhaul/scripts");
    ::setenv("STATE_DIRECTORY", "/var/lib/inhaul/own", 1);
    CHECK(places(std::nullopt, std::nullopt)->state == "/var/lib/inhaul/own");
    CHECK(places(std::nullopt, "/given")->state == "/given");
}

TEST_CASE("the example that is installed is right but for what it names on this host") {
    const auto text = file::read(fs::path{EXAMPLES} / "myapp.toml", 100'000);
    REQUIRE(text);
    const auto loaded = parse(*text, "/etc/inhaul/scripts/myapp.toml");
    for (const auto& problem : loaded.problems)
        UNSCOPED_INFO(format(problem));
    CHECK(loaded.problems.empty());
}

}  // namespace inhaul::config
