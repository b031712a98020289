// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

// Obstacles to a commit are found before the first change. From A to B:
//
//   a/b/c/d/e/leaf  changed        site/pages/x, y  gone, site/pages is a file
//   gone/below/x    removed        kept             the same
//   new/deep/er/x   added          data             changed

namespace {

struct Deep : Place {
    Deep() {
        const auto& u = upstream;
        u.write("a/b/c/d/e/leaf", "A\n");
        u.write("site/pages/x", "x\n");
        u.write("site/pages/y", "y\n");
        u.write("gone/below/x", "x\n");
        u.write("kept", "kept\n");
        u.write("data", "A\n");
        a = u.commit("A");
        u.push();
        deploy();
        u.write("a/b/c/d/e/leaf", "B\n");
        u.remove("site/pages");
        u.write("site/pages", "a file\n");
        u.remove("gone");
        u.write("new/deep/er/x", "new\n");
        u.write("data", "B\n");
        b = u.commit("B");
        u.push();
        (void)must(opened()->fetch(no_progress, std::nullopt));
        fs::create_directories(directory / "site/pages/cache");
        write_file(directory / "site/pages/cache/mine", "mine\n");
    }
    CommitId a = CommitId::parse(std::string(40, '0')).value();
    CommitId b = a;
};

bool command(const std::vector<std::string>& words) {
    const auto done = process::run({.argv = words, .capture_output = true}, Milliseconds{10'000});
    return done && done->status.success();
}

/// Runs in a child process with its own mounts. On request it runs as another account, which owns
/// the place but not root's files in it.
bool in_a_child(const std::function<bool()>& as_root, bool other_account,
                const std::function<bool()>& action) {
    const pid_t child = ::fork();
    if (child == 0) {
        bool good = ::unshare(CLONE_NEWNS) == 0 &&
                    ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        good = good && as_root();
        if (other_account) good = good && ::setgid(65534) == 0 && ::setuid(65534) == 0;
        ::_exit(good && action() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct Obstacle {
    const char* name;
    bool other_account;
    std::function<bool(const fs::path&)> make;
    std::function<bool(const fs::path&)> remove_artifact;
    std::string expected;
};

std::function<bool(const fs::path&)> chattr(const char* change, const char* name) {
    return [=](const fs::path& at) { return command({"chattr", change, (at / name).string()}); };
}
std::function<bool(const fs::path&)> chmod(const char* name, unsigned mode) {
    return [=](const fs::path& at) { return ::chmod((at / name).c_str(), mode) == 0; };
}
std::function<bool(const fs::path&)> own(const char* name, unsigned user) {
    return [=](const fs::path& at) { return ::lchown((at / name).c_str(), user, user) == 0; };
}
bool bind(const fs::path& what) {
    return ::mount(what.c_str(), what.c_str(), nullptr, MS_BIND, nullptr) == 0;
}
bool nothing(const fs::path& /*at*/) {
    return true;
}

const std::vector<Obstacle> obstacles{
    {"a directory without w", true, chmod("a/b/c/d/e", 0555), chmod("a/b/c/d/e", 0755),
     "a/b/c/d/e is not writable"},
    {"a directory without x", true, chmod("a/b/c", 0644), chmod("a/b/c", 0755), "a/b/c"},
    {"a directory that loses a file", true, chmod("gone/below", 0555), chmod("gone/below", 0755),
     "gone/below is not writable"},
    {"a directory in the place of a file, with a file of another account", true,
     [](const fs::path& at) {
         return own("site/pages/cache", 0)(at) && chmod("site/pages/cache", 0755)(at);
     },
     own("site/pages/cache", 65534), "site/pages/cache is not writable"},
    {"the top without w", true, chmod(".", 0555), chmod(".", 0755), "is not writable"},
    {"another account's file in a sticky directory", true,
     [](const fs::path& at) {
         return own("a/b/c/d/e", 0)(at) && chmod("a/b/c/d/e", 01777)(at) &&
                own("a/b/c/d/e/leaf", 0)(at);
     },
     own("a/b/c/d/e/leaf", 65534), "sticky bit"},
    {"a reflog that sudo git pull left", true, own(".git/logs/HEAD", 0),
     own(".git/logs/HEAD", 65534), "logs/HEAD is not writable"},
    {"an immutable file", false, chattr("+i", "data"), chattr("-i", "data"),
     "data is immutable (chattr +i)"},
    {"an append-only file", false, chattr("+a", "data"), chattr("-a", "data"),
     "data is append-only (chattr +a)"},
    {"an immutable file that is removed", false, chattr("+i", "gone/below/x"),
     chattr("-i", "gone/below/x"), "gone/below/x is immutable"},
    {"an immutable directory", false, chattr("+i", "a/b/c/d/e"), chattr("-i", "a/b/c/d/e"),
     "a/b/c/d/e is immutable"},
    {"an append-only directory", false, chattr("+a", "gone/below"), chattr("-a", "gone/below"),
     "gone/below is append-only"},
    {"an untracked immutable file", false, chattr("+i", "site/pages/cache/mine"),
     chattr("-i", "site/pages/cache/mine"), "site/pages/cache/mine is immutable"},
    {"an immutable index", false, chattr("+i", ".git/index"), chattr("-i", ".git/index"),
     "index is immutable"},
    {"a mount in the place of a file", false, [](const fs::path& at) { return bind(at / "data"); },
     nothing, "data is a mount point"},
    {"a mount below a removed file", false,
     [](const fs::path& at) { return bind(at / "site/pages/cache"); }, nothing,
     "site/pages/cache is a mount point"},
    {"a read-only mount", false,
     [](const fs::path& at) {
         const auto place = at / "a/b/c";
         return bind(place) && ::mount("none", place.c_str(), nullptr,
                                       MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
     },
     nothing, "read-only file system"},
};

/// Returns the result of a check in a child process.
std::string checked_in_a_child(const Deep& place, const Obstacle& obstacle,
                               const fs::path& output) {
    (void)in_a_child([&] { return obstacle.make(place.directory); }, obstacle.other_account,
                     [&] {
                         const auto checkout = place.repository();
                         const auto opened = checkout->open();
                         const auto can = opened ? checkout->check_switch(place.b) : opened;
                         std::ofstream{output} << (can ? "nothing"
                                                       : std::string{to_string(can.error().code)} +
                                                             ": " + can.error().message);
                         return true;
                     });
    return content_of(output);
}

}  // namespace

TEST_CASE("obstacles of the host are found before the first file changes") {
    if (::geteuid() != 0) return;  // needs mounts and a second account
    for (const auto& obstacle : obstacles) {
        DYNAMIC_SECTION(obstacle.name) {
            const Deep place;
            const auto output = place.temporary.path / "output";
            write_file(output, "");
            if (obstacle.other_account)
                must_run({"chown", "-R", "65534:65534", place.temporary.path.string()});
            const auto before = snapshot(place.directory);
            const auto answer = checked_in_a_child(place, obstacle, output);
            CHECK_THAT(answer,
                       ContainsSubstring("permission: ") && ContainsSubstring(obstacle.expected));
            CHECK(obstacle.remove_artifact(place.directory));
            if (obstacle.other_account)
                must_run({"chown", "-R", "0:0", place.temporary.path.string()});
            CHECK(snapshot(place.directory) == before);
            CHECK(debris(place.directory).empty());
            const auto checkout = place.opened();
            must(checkout->check_switch(place.b));
            must(checkout->switch_to(place.b));
            CHECK(tracked_changes(place.directory) == "");
        }
    }
}

TEST_CASE("unchanged files may be mounted or immutable") {
    if (::geteuid() != 0) return;
    const Deep place;
    CHECK(in_a_child(
        [&] {
            const auto shared = place.directory / "a/b";
            return bind(shared) && command({"chattr", "+i", (place.directory / "kept").string()});
        },
        false,
        [&] {
            const auto checkout = place.repository();
            return checkout->open() && checkout->check_switch(place.b) &&
                   checkout->switch_to(place.b);
        }));
    CHECK(command({"chattr", "-i", (place.directory / "kept").string()}));
    CHECK(tracked_changes(place.directory) == "");
}

TEST_CASE("free space is checked on the file system that needs it") {
    if (::geteuid() != 0) return;
    const Deep place;
    place.upstream.write("a/b/c/large", std::string(100'000, 'x'));
    const auto next = place.upstream.commit("large");
    place.upstream.push();
    const auto output = place.temporary.path / "output";
    const auto mounted = place.directory / "a/b/c";
    CHECK(in_a_child([&] { return ::mount("test", mounted.c_str(), "tmpfs", 0, "size=64k") == 0; },
                     false,
                     [&] {
                         {
                             const auto checkout = place.opened();
                             if (!checkout->fetch(no_progress, std::nullopt)) return false;
                             const auto can = checkout->check_switch(next);
                             std::ofstream{output} << (can ? "nothing" : can.error().message);
                         }
                         return ::umount(mounted.c_str()) == 0 && place.opened()->switch_to(next);
                     }));
    CHECK_THAT(content_of(output), ContainsSubstring("no space left: the files need "));
    CHECK(tracked_changes(place.directory) == "");
}

TEST_CASE("a branch that cannot be checked out is found before any file changes") {
    const Deep place;
    std::string expected;
    SECTION("because another worktree has it") {
        place.git({"checkout", "-q", "--detach"});
        place.git({"worktree", "add", "-q", (place.temporary.path / "other").string(), "main"});
        expected = "checked out in another worktree";
    }
    SECTION("because another branch conflicts with its name") {
        place.git({"checkout", "-q", "-b", "mine"});
        place.git({"branch", "-D", "main"});
        place.git({"branch", "main/mine"});
        expected = "the local branch main/mine conflicts";
    }
    const auto before = snapshot(place.directory);
    const auto error = error_of(place.opened()->check_switch(place.b));
    CHECK(error.code == ErrorCode::permission);
    CHECK_THAT(error.message, ContainsSubstring(expected));
    CHECK_THAT(error.hint, ContainsSubstring(place.directory.string()));
    CHECK(snapshot(place.directory) == before);
}

TEST_CASE("a switch that fails midway is undone, and untouched files stay") {
    const Deep place;
    if (::geteuid() != 0) return;
    const bool begun = GENERATE(true, false);
    write_file(place.directory / "kept", "mine\n");
    const auto before = snapshot(place.directory);
    const auto checkout = place.opened();
    must(checkout->check_switch(place.b));
    if (begun) {
        // An obstacle after the check: the last directory to be written to.
        REQUIRE(command({"chattr", "+i", (place.directory / "site").string()}));
        CHECK(error_of(checkout->switch_to(place.b)).code == ErrorCode::permission);
        REQUIRE(command({"chattr", "-i", (place.directory / "site").string()}));
        CHECK(content_of(place.directory / "data") == "B\n");
    }
    const bool reopened = GENERATE(true, false);
    const auto other = place.opened();
    CHECK(must((reopened ? other : checkout)->undo_switch(place.a)) == begun);
    auto expected = before;
    if (begun) expected["kept"] = "file kept\n";
    CHECK(snapshot(place.directory) == expected);
    CHECK(place.git({"rev-parse", "HEAD"}) == place.a.hex());
    CHECK(tracked_changes(place.directory) == (begun ? "" : "M kept"));
    CHECK(debris(place.directory).empty());
}

TEST_CASE("files of the commit or of a user with names like temporary files stay") {
    const Deep place;
    for (const auto* const name : {".inhaul-unfinished", "a/b/.inhaul-0123456789abcdef"}) {
        write_file(place.directory / name, "mine\n");
        place.upstream.write(std::string{"dir/"} + name, "theirs\n");
    }
    const auto next = place.upstream.commit("names");
    place.upstream.push();
    CHECK(place.deploy() == next);
    for (const auto* const name : {".inhaul-unfinished", "a/b/.inhaul-0123456789abcdef"}) {
        CHECK(content_of(place.directory / name) == "mine\n");
        CHECK(content_of(place.directory / "dir" / name) == "theirs\n");
    }
    CHECK(tracked_changes(place.directory) == "");
}
