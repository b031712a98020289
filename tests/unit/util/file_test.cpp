// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>

#include "support/catch.hpp"
#include "support/environment_variable.hpp"
#include "support/small_disk.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::file {
namespace {

struct Directory : test::TemporaryDirectory {
    [[nodiscard]] fs::path make(const std::string& content, unsigned mode) const {
        std::ofstream{path / "file"} << content;
        ::chmod((path / "file").c_str(), mode);
        return path / "file";
    }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{path}, {}));
    }
};

constexpr unsigned own_group = 65533;  // of no other account

/// Returns the result of `speak` in a process of this account.
template <class Speak>
std::string said_as(unsigned account, unsigned group, Speak speak) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::string text{"cannot become that account"};
        if (::setgroups(0, nullptr) == 0 && ::setgid(group) == 0 && ::setuid(account) == 0)
            text = speak();
        (void)!::write(ends[1], text.data(), text.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text(2000, '\0');
    const auto size = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

}  // namespace

TEST_CASE("a umask that lets everyone write is replaced, and no other") {
    const auto used = [](unsigned mask) {
        const auto before = ::umask(mask);
        use_sane_umask();
        return ::umask(before);
    };
    for (const unsigned mask : {0U, 020U, 055U, 070U})
        CHECK(used(mask) == 022);
    for (const unsigned mask : {002U, 022U, 027U, 077U})
        CHECK(used(mask) == mask);
}

TEST_CASE("a regular file is read completely, up to its limit") {
    const Directory directory;
    const auto path = directory.make(std::string(5000, 'x'), 0600);
    CHECK(read(path, 5000)->size() == 5000);
    CHECK(read(path, 4999).error().message.find("larger than 4999 bytes") != std::string::npos);
    CHECK(read(directory.path, 10).error().message.find("not a regular file") != std::string::npos);
    CHECK(read(directory.path / "none", 10).error().code == ErrorCode::not_found);
    ::mkfifo((directory.path / "fifo").c_str(), 0600);
    CHECK_FALSE(read(directory.path / "fifo", 10));
}

TEST_CASE("a private file of this account is refused if others can access it") {
    const Directory directory;
    for (const unsigned mode : {0600U, 0400U, 0700U})
        CHECK(check_private(directory.make("k", mode)));
    for (const unsigned mode : {0640U, 0604U, 0644U, 0610U}) {
        const auto error = check_private(directory.make("k", mode)).error();
        CHECK(error.code == ErrorCode::permission);
        CHECK(error.hint.starts_with("Run: chmod 600 "));
    }
}

TEST_CASE("root's private file must not be readable for others, and another account's is refused") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: files cannot be given to other accounts (needs root)");
        return;
    }
    constexpr unsigned account = 65534;
    constexpr unsigned another = 65533;
    constexpr unsigned shared_group = 1;  // of daemon
    const Directory directory;
    REQUIRE(::chmod(directory.path.c_str(), 0711) == 0);
    const auto refusal = [&](unsigned owner, unsigned mode, unsigned group = own_group) {
        const auto path = directory.make("k", 0600);
        REQUIRE(::chown(path.c_str(), owner, group) == 0);
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return said_as(account, group, [&] {
            const auto checked = check_private(path);
            return checked ? "" : checked.error().message + "|" + checked.error().hint;
        });
    };
    CHECK(refusal(0, 0640).empty());
    CHECK(refusal(0, 0440).empty());
    const auto file = (directory.path / "file").string();
    // The other account, or the group, still needs the file.
    const auto copy = "Run: sudo install -m 600 -o nobody " + file + " " + file +
                      ".nobody\nThen name " + file + ".nobody in the settings.";
    CHECK(refusal(0, 0640, shared_group) ==
          file + ": mode 0640 lets daemon of the group daemon read or change it|" + copy);
    CHECK(refusal(0, 0644) == file + ": mode 0644 lets others read it|Run: sudo chmod 640 " + file);
    CHECK(refusal(account, 0640) ==
          file + ": mode 0640 lets others read it|Run: chmod 600 " + file);
    CHECK(refusal(another, 0640) == file + " belongs to another account (user 65533)|" + copy);
    CHECK(refusal(0, 0600) == "open " + file + ": Permission denied|");
}

TEST_CASE("a private file in systemd's credentials directory is trusted") {
    const Directory directory;
    const auto path = directory.make("token", 0444);
    CHECK_FALSE(read_private(path, 100));
    const test::Variable credentials{"CREDENTIALS_DIRECTORY", directory.path.c_str()};
    CHECK(read_private(path, 100)->reveal() == "token");
    CHECK(read_private(path, 5)->reveal() == "token");
    CHECK_FALSE(read_private(path, 4));
}

TEST_CASE("a file is replaced completely, with its mode, without leftovers") {
    const Directory directory;
    const auto path = directory.make("old", 0644);
    REQUIRE(write_atomically(path, "new", 0600));
    CHECK(read(path, 10) == "new");
    CHECK(check_private(path));
    CHECK(directory.entries() == 1);
}

TEST_CASE("an existing file is never used as the temporary file") {
    const Directory directory;
    const auto file = directory.make("old", 0644);
    const auto like = directory.path / (".file." + std::to_string(::getpid()) + "~");
    std::ofstream{like} << "mine";
    REQUIRE(write_atomically(file, "new", 0644));
    CHECK(read(like, 10).value_or("") == "mine");
    CHECK(read(file, 10).value_or("") == "new");
    CHECK(directory.entries() == 2);
}

TEST_CASE("an existing link is replaced, not followed") {
    const Directory directory;
    const auto target = directory.make("precious", 0600);
    fs::create_symlink(target, directory.path / "link");
    REQUIRE(write_atomically(directory.path / "link", "new", 0600));
    CHECK(read(target, 100) == "precious");
    CHECK_FALSE(fs::is_symlink(directory.path / "link"));
}

TEST_CASE("a failed write leaves the old file and no temporary file") {
    const Directory directory;
    CHECK_FALSE(write_atomically(directory.path / "none" / "file", "x", 0600));
    fs::create_directory(directory.path / "is-a-directory");
    CHECK_FALSE(write_atomically(directory.path / "is-a-directory", "x", 0600));
    CHECK(directory.entries() == 1);
}

TEST_CASE("on a full disk the old file stays, and the error is transient and names the cause") {
    const test::SmallDisk disk{"64k"};
    if (!disk.mounted) return;
    const auto path = disk.directory.path / "file";
    REQUIRE(write_atomically(path, "old", 0600));
    const auto written = write_atomically(path, std::string(100'000, 'x'), 0600);
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::no_space);
    CHECK(written.error().transient);
    CHECK(written.error().message == "write " + path.string() + ": No space left on device");
    CHECK(read(path, 10) == "old");
    CHECK(std::distance(fs::directory_iterator{disk.directory.path}, {}) == 1);
    REQUIRE(write_atomically(path, "new", 0600));
}

TEST_CASE("a path without a directory is in the working directory") {
    const Directory directory;
    const auto before = fs::current_path();
    fs::current_path(directory.path);
    const auto written = write_atomically("name", "x", 0600);
    fs::current_path(before);
    CHECK(written);
    CHECK(read(directory.path / "name", 10) == "x");
}

TEST_CASE("a moved descriptor stays open once, also after a move onto itself") {
    FileDescriptor one{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const int number = one.get();
    auto& same = one;
    one = std::move(same);
    CHECK(one.get() == number);
    CHECK(::fcntl(number, F_GETFD) >= 0);
    one = FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    CHECK(::fcntl(number, F_GETFD) < 0);
}

TEST_CASE("directories are created with their parents, and may exist already") {
    const Directory directory;
    const auto path = directory.path / "a" / "b" / "c";
    REQUIRE(make_directories(path, 0700));
    REQUIRE(make_directories(path, 0700));
    CHECK((fs::status(path.parent_path()).permissions() & fs::perms::mask) == fs::perms::owner_all);
    const auto file = directory.make("x", 0600);
    CHECK_FALSE(make_directories(file / "below", 0700));
}

TEST_CASE("the names in an opened directory are listed, also a second time") {
    const Directory directory;
    REQUIRE(write_unsynced(directory.path / "one", "", 0600));
    REQUIRE(write_unsynced(directory.path / ".two", "", 0600));
    const FileDescriptor opened{::open(directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    for (int pass = 0; pass < 2; ++pass) {
        auto names = names_in(opened.get(), "the directory").value();
        std::sort(names.begin(), names.end());
        CHECK(names == std::vector<std::string>{".two", "one"});
    }
    const auto closed = names_in(-1, "the directory");
    REQUIRE_FALSE(closed);
    CHECK(closed.error().message == "list the directory: Bad file descriptor");
}

TEST_CASE("the names in an opened directory need no permission to search it") {
    if (::geteuid() != 0) return;
    const Directory directory;
    REQUIRE(write_unsynced(directory.path / "one", "", 0600));
    fs::permissions(directory.path, fs::perms::owner_read);
    const FileDescriptor opened{::open(directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    const auto child = ::fork();
    if (child == 0) {
        constexpr unsigned nobody = 65534;
        const bool became = ::setgid(nobody) == 0 && ::setuid(nobody) == 0;
        ::_exit(became && names_in(opened.get(), "the directory").has_value() ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("home and credentials are expanded, and other paths must be absolute") {
    const test::Variable home{"HOME", "/home/ada"};
    CHECK(expand("~/x/../y") == fs::path{"/home/ada/y"});
    CHECK(expand("~") == fs::path{"/home/ada"});
    CHECK(expand("/a//b/./c") == fs::path{"/a/b/c"});
    CHECK_FALSE(expand("a/b"));
    CHECK_FALSE(expand("~other/x"));
    CHECK_FALSE(expand(""));
}

TEST_CASE("a lock has one holder, names it, and ends with it") {
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

TEST_CASE("an attempt at a lock does not wait for its holder") {
    const Directory directory;
    const auto path = directory.path / "lock";
    {
        const auto first = Lock::try_acquire(path, "the first");
        REQUIRE(first);
        const auto begun = system_clock().steady();
        REQUIRE_FALSE(Lock::acquire(path, "the second"));
        const auto waited = system_clock().steady() - begun;
        // The quickest attempt counts: the machine may be busy during one of them.
        auto quickest = waited;
        for (int i = 0; i < 5; ++i) {
            const auto before = system_clock().steady();
            const auto second = Lock::try_acquire(path, "the second");
            quickest = std::min(quickest, system_clock().steady() - before);
            REQUIRE_FALSE(second);
            CHECK(second.error().code == ErrorCode::locked);
            CHECK(second.error().message.find("held by the first") != std::string::npos);
        }
        CHECK(quickest < waited / 2);
    }
    const auto second = Lock::try_acquire(path, "the second");
    REQUIRE(second);
    CHECK(Lock::holder(path) == "the second");
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

TEST_CASE("a pipe in place of a lock does not block") {
    const Directory directory;
    const auto path = directory.path / "lock";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_FALSE(Lock::holder(path));
}

TEST_CASE("a wait for a lock ends when the lock is free") {
    const Directory directory;
    const auto path = directory.path / "lock";
    std::array<int, 2> ready{};
    std::array<int, 2> enough{};
    REQUIRE(::pipe(ready.data()) == 0);
    REQUIRE(::pipe(enough.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        [[maybe_unused]] const auto lock = Lock::acquire(path, "a child");
        char byte = 0;
        (void)!::write(ready[1], "x", 1);
        (void)!::read(enough[0], &byte, 1);
        ::usleep(50'000);  // so that the other process waits; the test passes after any delay
        ::_exit(0);
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    const auto impatient = Lock::acquire(path, "impatient");
    REQUIRE_FALSE(impatient);
    CHECK(impatient.error().transient);
    CHECK(impatient.error().message == "the lock " + path.string() + " is held by a child");
    CHECK(Lock::holder(path) == "a child");
    (void)!::write(enough[1], "x", 1);
    CHECK(Lock::acquire(path, "patient", Milliseconds{20'000}));
    ::waitpid(child, nullptr, 0);
    for (const int end : {ready[0], ready[1], enough[0], enough[1]})
        ::close(end);
}

}  // namespace inhaul::file
