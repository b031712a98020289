#include <array>
#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>

#include "support/catch.hpp"

namespace inhaul::file {
namespace {

struct Directory {
    fs::path path;
    Directory() {
        auto pattern = (fs::temp_directory_path() / "inhaul-file-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Directory() { fs::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] fs::path make(const std::string& content, unsigned mode) const {
        std::ofstream{path / "file"} << content;
        ::chmod((path / "file").c_str(), mode);
        return path / "file";
    }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{path}, {}));
    }
};

}  // namespace

TEST_CASE("a file is read whole, up to its limit, and only if it is one") {
    const Directory directory;
    const auto path = directory.make(std::string(5000, 'x'), 0600);
    CHECK(read(path, 5000)->size() == 5000);
    CHECK(read(path, 4999).error().message.find("larger than 4999 bytes") != std::string::npos);
    CHECK(read(directory.path, 10).error().message.find("not a regular file") != std::string::npos);
    CHECK(read(directory.path / "none", 10).error().code == ErrorCode::not_found);
    ::mkfifo((directory.path / "fifo").c_str(), 0600);
    CHECK_FALSE(read(directory.path / "fifo", 10));
}

TEST_CASE("a private file of this account is nobody else's") {
    const Directory directory;
    for (const unsigned mode : {0600U, 0400U, 0700U})
        CHECK(check_private(directory.make("k", mode)));
    for (const unsigned mode : {0640U, 0604U, 0644U, 0610U}) {
        const auto error = check_private(directory.make("k", mode)).error();
        CHECK(error.code == ErrorCode::permission);
        CHECK(error.hint.starts_with("Run: chmod 600 "));
    }
}

TEST_CASE("a private file in systemd's credentials directory is systemd's to guard") {
    const Directory directory;
    const auto path = directory.make("token", 0444);
    CHECK_FALSE(read_private(path, 100));
    ::setenv("CREDENTIALS_DIRECTORY", directory.path.c_str(), 1);
    CHECK(read_private(path, 100) == "token");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("a file is replaced whole, with its mode, and nothing else stays") {
    const Directory directory;
    const auto path = directory.make("old", 0644);
    REQUIRE(write_atomically(path, "new", 0600));
    CHECK(read(path, 10) == "new");
    CHECK(check_private(path));
    CHECK(directory.entries() == 1);
}

TEST_CASE("a link in the way is replaced, not followed") {
    const Directory directory;
    const auto target = directory.make("precious", 0600);
    fs::create_symlink(target, directory.path / "link");
    REQUIRE(write_atomically(directory.path / "link", "new", 0600));
    CHECK(read(target, 100) == "precious");
    CHECK_FALSE(fs::is_symlink(directory.path / "link"));
}

TEST_CASE("a file that cannot be written leaves the old one and no temporary") {
    const Directory directory;
    CHECK_FALSE(write_atomically(directory.path / "none" / "file", "x", 0600));
    fs::create_directory(directory.path / "is-a-directory");
    CHECK_FALSE(write_atomically(directory.path / "is-a-directory", "x", 0600));
    CHECK(directory.entries() == 1);
}

TEST_CASE("directories are made with their parents, and may be there already") {
    const Directory directory;
    const auto path = directory.path / "a" / "b" / "c";
    REQUIRE(make_directories(path, 0700));
    REQUIRE(make_directories(path, 0700));
    CHECK((fs::status(path.parent_path()).permissions() & fs::perms::mask) == fs::perms::owner_all);
    const auto file = directory.make("x", 0600);
    CHECK_FALSE(make_directories(file / "below", 0700));
}

TEST_CASE("home and credentials are expanded, anything else must be absolute") {
    ::setenv("HOME", "/home/ada", 1);
    CHECK(expand("~/x/../y") == fs::path{"/home/ada/y"});
    CHECK(expand("~") == fs::path{"/home/ada"});
    CHECK(expand("/a//b/./c") == fs::path{"/a/b/c"});
    CHECK_FALSE(expand("a/b"));
    CHECK_FALSE(expand("~other/x"));
    CHECK_FALSE(expand(""));
}

TEST_CASE("a lock has one holder, who is named, and ends with it") {
    const Directory directory;
    const auto path = directory.path / "lock";
    CHECK_FALSE(Lock::holder(path));
    {
        const auto first = Lock::acquire(path, "the first");
        REQUIRE(first);
        const auto second = Lock::acquire(path, "the second");
        REQUIRE_FALSE(second);
        CHECK(second.error().code == ErrorCode::locked);
        CHECK(second.error().message.find("held by the first") != std::string::npos);
        CHECK(Lock::holder(path) == "the first");
    }
    CHECK_FALSE(Lock::holder(path));
    CHECK(Lock::acquire(path, "the second"));
}

TEST_CASE("a lock of a process that died is free") {
    const Directory directory;
    const auto path = directory.path / "lock";
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = Lock::acquire(path, "a child");
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(Lock::acquire(path, "the heir"));
}

TEST_CASE("waiting for a lock ends when it is free") {
    const Directory directory;
    const auto path = directory.path / "lock";
    std::array<int, 2> ready{};
    REQUIRE(::pipe(ready.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = Lock::acquire(path, "a child");
        (void)!::write(ready[1], "x", 1);
        ::usleep(300'000);
        ::_exit(0);
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    CHECK_FALSE(Lock::acquire(path, "impatient"));
    CHECK(Lock::acquire(path, "patient", Milliseconds{20'000}));
    ::waitpid(child, nullptr, 0);
}

}  // namespace inhaul::file
