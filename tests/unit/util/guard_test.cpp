// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <inhaul/util/guard.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::guard {
namespace {

namespace fs = std::filesystem;

constexpr unsigned daemon_id = 1;
constexpr unsigned other_id = 2;  // bin

/// top/middle/app, all of this account.
struct DirectoryTree {
    test::TemporaryDirectory directory;
    fs::path top = directory.path;
    fs::path middle = top / "middle";
    fs::path app = middle / "app";
    DirectoryTree() {
        fs::create_directories(app);
        for (const auto& path : {top, middle, app})
            mode(path, 0755);
    }

    static void mode(const fs::path& path, unsigned bits) {
        REQUIRE(::chmod(path.c_str(), bits) == 0);
    }
    static void give(const fs::path& path, unsigned account) {
        REQUIRE(::lchown(path.c_str(), account, account) == 0);
    }
};

std::string refusal(const fs::path& path, std::optional<unsigned> account = {}) {
    const auto opened = open(path, account);
    if (opened) return {};
    CHECK(opened.error().code == ErrorCode::refused);
    return opened.error().message + "\n" + opened.error().hint;
}

bool names(const std::string& text, const fs::path& path) {
    return text.find(path.string() + " is not safe") != std::string::npos;
}

}  // namespace

TEST_CASE("a path of the account's own directories is opened") {
    const DirectoryTree way;
    const auto opened = open(way.app);
    REQUIRE(opened);
    CHECK(opened->path == fs::canonical(way.app));
    CHECK(opened->owner.uid == ::geteuid());
    struct ::stat end {};
    struct ::stat app {};
    REQUIRE(::fstat(opened->descriptor.get(), &end) == 0);
    REQUIRE(::stat(way.app.c_str(), &app) == 0);
    CHECK(end.st_ino == app.st_ino);
}

TEST_CASE("a component that everyone can write to is refused with the command that fixes it") {
    const DirectoryTree way;
    for (const auto& part : {way.middle, way.app}) {
        DirectoryTree::mode(part, 0777);
        const auto message = refusal(way.app, ::geteuid());
        CHECK(names(message, part));
        CHECK(message.find("chmod o-w " + part.string()) != std::string::npos);
        DirectoryTree::mode(part, 0755);
    }
}

TEST_CASE("the sticky bit protects a parent directory, but not the last directory") {
    const DirectoryTree way;
    DirectoryTree::mode(way.middle, 01777);
    CHECK(refusal(way.app).empty());
    CHECK(names(refusal(way.middle), way.middle));
}

TEST_CASE("a link is followed, and its directory is checked") {
    const DirectoryTree way;
    fs::create_directory(way.top / "links");
    fs::create_symlink(way.app, way.top / "links/absolute");
    fs::create_symlink("../middle/../middle/app", way.top / "links/relative");
    for (const auto* name : {"links/absolute", "links/relative"}) {
        const auto opened = open(way.top / name);
        REQUIRE(opened);
        CHECK(opened->path == fs::canonical(way.app));
        DirectoryTree::mode(way.top / "links", 0777);
        CHECK(names(refusal(way.top / name), way.top / "links"));
        DirectoryTree::mode(way.top / "links", 0755);
    }
}

TEST_CASE("a cycle of links is an error") {
    const DirectoryTree way;
    fs::create_symlink("b", way.top / "a");
    fs::create_symlink("a", way.top / "b");
    CHECK_FALSE(open(way.top / "a"));
}

TEST_CASE("a missing directory is an error, or the nearest existing one is opened") {
    const DirectoryTree way;
    const auto missing = way.app / "not" / "there";
    REQUIRE_FALSE(open(missing));
    CHECK(open(missing).error().code == ErrorCode::not_found);
    const auto nearest = open_nearest(missing, ::geteuid());
    REQUIRE(nearest);
    CHECK(nearest->path == fs::canonical(way.app));
    // The account that creates the directory becomes its owner.
    DirectoryTree::mode(way.app, 01777);
    CHECK(open_nearest(missing, ::geteuid()));
    DirectoryTree::mode(way.app, 0777);
    CHECK_FALSE(open_nearest(missing, ::geteuid()));
}

TEST_CASE("a path component of another account is refused, even if the account owns the last one") {
    if (::geteuid() != 0) return;  // only root can give a directory away
    const DirectoryTree way;
    DirectoryTree::give(way.middle, other_id);
    for (const unsigned owner : {daemon_id, 0U}) {
        DirectoryTree::give(way.app, owner);
        CHECK(names(refusal(way.app), way.middle));
        CHECK(names(refusal(way.app, daemon_id), way.middle));
    }
    DirectoryTree::give(way.app, other_id);
    CHECK(refusal(way.app).empty());
    CHECK(names(refusal(way.app, daemon_id), way.middle));
    CHECK(refusal(way.app, daemon_id).find("chown") == std::string::npos);
    DirectoryTree::give(way.middle, daemon_id);
    CHECK(refusal(way.app, daemon_id).find("chown -h daemon " + way.app.string()) !=
          std::string::npos);
}

TEST_CASE(
    "no hint takes a home, a directory above one or a directory of the system from its owner") {
    const auto hint = [](const fs::path& path, const std::string& name = "nobody") {
        return ownership_hint(path, name, "-R");
    };
    CHECK(hint("/srv/myapp") == "Run: sudo chown -R nobody /srv/myapp");
    CHECK(hint("/srv/my app; reboot") == "Run: sudo chown -R nobody '/srv/my app; reboot'");
    const auto daemon = account::find_by_uid(daemon_id, daemon_id);
    REQUIRE(daemon);
    for (const auto* const path :
         {"/", "/usr", "/home", "/srv", "/usr/local/bin", "/etc/ssl", "/var/log", "/var/lib",
          "/var/lib/dpkg/info", "/root", daemon->home.c_str()})
        CHECK(hint(path) ==
              fmt::format("Use another directory or account. {} is not for nobody alone.", path));
    CHECK(hint("/usr/").starts_with("Use another directory"));
}

TEST_CASE("no hint takes a directory from another account, or changes only a link") {
    if (::geteuid() != 0) return;  // only root can give a directory away
    const test::TemporaryDirectory temporary;
    const auto theirs = temporary.path / "theirs";
    fs::create_directory(theirs);
    const auto link = temporary.path / "link";
    fs::create_directory_symlink(theirs, link);
    CHECK(ownership_hint(link, "nobody", "-R") ==
          "Run: sudo chown -R nobody " + fs::canonical(theirs).string());
    REQUIRE(::chown(theirs.c_str(), daemon_id, daemon_id) == 0);
    CHECK(ownership_hint(theirs, "nobody", "-R").starts_with("Use another directory"));
    CHECK(ownership_hint(link, "nobody", "-R").starts_with("Use another directory"));
    CHECK(ownership_hint(theirs, "daemon", "-R") == "Run: sudo chown -R daemon " + theirs.string());
    const auto to_home = temporary.path / "to-home";
    fs::create_directory_symlink("/root", to_home);
    CHECK(ownership_hint(to_home, "nobody", "-R").starts_with("Use another directory"));
}

TEST_CASE("a link of another account is refused") {
    if (::geteuid() != 0) return;  // only root can give a directory away
    const DirectoryTree way;
    fs::create_symlink(way.app, way.top / "link");
    DirectoryTree::give(way.top / "link", other_id);
    DirectoryTree::give(way.app, daemon_id);
    CHECK(names(refusal(way.top / "link"), way.top / "link"));
}

TEST_CASE("a group without another member counts as the account itself") {
    if (::geteuid() != 0) return;  // only root can give a directory away
    const DirectoryTree way;
    DirectoryTree::give(way.app, daemon_id);
    DirectoryTree::mode(way.app, 0775);
    CHECK(refusal(way.app).empty());
    REQUIRE(::chown(way.app.c_str(), daemon_id, other_id) == 0);
    CHECK(refusal(way.app).find("chmod g-w") != std::string::npos);
}

TEST_CASE("an access control list that lets another account write is refused") {
    if (::geteuid() != 0) return;  // only root can give a directory away
    const DirectoryTree way;
    // setfacl -m u:bin:rwx
    std::string list{"\2\0\0\0", 4};
    const auto entry = [&](char tag, char rights, unsigned id) {
        list += {tag, '\0', rights, '\0'};
        for (unsigned i = 0; i < 4; ++i)
            list += static_cast<char>(id >> 8U * i & 0xffU);
    };
    entry(0x01, 7, ~0U);
    entry(0x02, 7, other_id);
    entry(0x04, 5, ~0U);
    entry(0x10, 7, ~0U);
    entry(0x20, 5, ~0U);
    if (::setxattr(way.middle.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0)
        return;  // this file system has no such lists
    const auto message = refusal(way.app);
    CHECK(names(message, way.middle));
    CHECK(message.find("setfacl -n -m u:2:r-x " + way.middle.string()) != std::string::npos);
    CHECK(names(refusal(way.app, daemon_id), way.middle));
    CHECK(refusal(way.app, other_id).empty());
}

TEST_CASE("only the name of an account is a valid name for its directory of settings or state") {
    for (const auto* name : {"scripts", "web-1", "deploy@example.org", "a.b", "_apt"})
        CHECK(account::is_directory_name(name));
    for (const auto* name : {"", ".", "..", "...", ".hidden", "home", "-x", "a/b", "../x", "a b",
                             "a\n", "a\"b", "a%b", "a\\b"})
        CHECK_FALSE(account::is_directory_name(name));
}

TEST_CASE("a file is checked through links, with the path to it") {
    const DirectoryTree way;
    std::ofstream{way.app / "file"} << "x";
    fs::create_symlink(way.app / "file", way.top / "link");
    CHECK(check_file(way.top / "link", ::geteuid()));
    DirectoryTree::mode(way.middle, 0777);
    CHECK_FALSE(check_file(way.top / "link", ::geteuid()));
    DirectoryTree::mode(way.middle, 0755);
    DirectoryTree::mode(way.app / "file", 0666);
    CHECK_FALSE(check_file(way.top / "link", ::geteuid()));
    CHECK_FALSE(check_file(way.top / "none", ::geteuid()));
}

TEST_CASE("a file that others can change is refused, and a missing file is not") {
    const DirectoryTree way;
    const auto file = way.app / "file";
    CHECK(check(file, ::geteuid()));
    std::ofstream{file} << "x";
    DirectoryTree::mode(file, 0644);
    CHECK(check(file, ::geteuid()));
    DirectoryTree::mode(file, 0666);
    CHECK_FALSE(check(file, ::geteuid()));
    CHECK(check(file / "below", ::geteuid()));
}

TEST_CASE("a path that cannot be opened is not a missing path") {
    const DirectoryTree way;
    const auto checked = check(way.app / std::string(300, 'a'), ::geteuid());  // ENAMETOOLONG
    REQUIRE_FALSE(checked);
    CHECK_THAT(checked.error().message, test::ContainsSubstring("open "));
}

}  // namespace inhaul::guard
