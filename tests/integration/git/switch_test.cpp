// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// Two commits that differ in every way that git supports, and a checkout at the first one.
struct TwoCommits : Place {
    TwoCommits() {
        write_first();
        one = upstream.commit("one");
        upstream.push();
        deploy();
        write_second();
        two = upstream.commit("two");
        upstream.push();
        (void)must(opened()->fetch(no_progress, std::nullopt));
        write_untracked();
    }

    void write_first() const {
        const auto& u = upstream;
        u.write(".gitignore", "*.sqlite\nvenv/\n.env\n");
        u.write(".gitattributes", "*.crlf text eol=crlf\n*.id ident\n*.bin -text\n");
        u.write("same", "same\n");
        u.write("changed", "one\n");
        u.write("gone", "gone\n");
        u.write("dir/gone/deep", "gone\n");
        u.write("file-to-directory", "a file\n");
        u.write("directory-to-file/a", "a\n");
        u.write("directory-to-file/b/c", "c\n");
        u.write("to-link", "a file\n");
        u.link("from-link", "same");
        u.link("retargeted", "same");
        u.link("dangling", "nowhere");
        u.link("link-to-directory", "dir");
        u.write("dir/kept", "kept\n");
        u.write("tool", "#!/bin/sh\n");
        u.write("was-tool", "#!/bin/sh\n");
        u.executable("was-tool", true);
        u.write("text.crlf", "one\r\ntwo\r\n");
        u.write("stamp.id", "$Id$\n");
        u.write("blob.bin", std::string("\0\1\r\n\2", 5));
        u.write("sp ace\tand \"quotes\"", "x\n");
        u.write("größe/ü.txt", "ü\n");
    }
    void write_second() const {
        const auto& u = upstream;
        u.write("changed", "two\n");
        u.remove("gone");
        u.remove("dir/gone");
        u.remove("file-to-directory");
        u.write("file-to-directory/inner", "inner\n");
        u.remove("directory-to-file");
        u.write("directory-to-file", "now a file\n");
        u.link("to-link", "same");
        u.remove("from-link");
        u.write("from-link", "now a file\n");
        u.link("retargeted", "changed");
        u.remove("link-to-directory");
        u.write("link-to-directory/real", "real\n");
        u.executable("tool", true);
        u.executable("was-tool", false);
        u.write("text.crlf", "one\r\ntwo\r\nthree\r\n");
        u.write("stamp.id", "$Id$\nmore\n");
        u.write("blob.bin", std::string("\0\1\r\n\3", 5));
        u.write("größe/ü.txt", "ü und ö\n");
        u.write("new/a/b", "new\n");
        u.write("empty", "");
    }
    void write_untracked() const {
        for (const auto* name :
             {".env", "data.sqlite", "venv/bin/python", "notes", "dir/gone/mine"}) {
            fs::create_directories((directory / name).parent_path());
            write_file(directory / name, "mine\n");
        }
    }

    CommitId one = CommitId::parse(std::string(40, '0')).value();
    CommitId two = one;
};

/// Returns the result of git reset --hard in a copy of the directory.
struct Reset {
    explicit Reset(const Place& place) : copy(place.temporary.path / "copy") {
        must_run({"cp", "-a", place.directory.string(), copy.string()});
    }
    void to(const CommitId& commit) const {
        run_git(copy, {"reset", "-q", "--hard", commit.hex()});
    }
    fs::path copy;
};

/// Returns the differences, one line each.
std::string differing(const std::map<std::string, std::string>& ours,
                      const std::map<std::string, std::string>& gits) {
    std::string lines;
    for (const auto& [name, content] : ours)
        if (const auto at = gits.find(name); at == gits.end() || at->second != content)
            lines += "ours: " + printable(name + ": " + content) + "\n";
    for (const auto& [name, content] : gits)
        if (const auto at = ours.find(name); at == ours.end() || at->second != content)
            lines += "git's: " + printable(name + ": " + content) + "\n";
    return lines;
}

void check_is(const Place& place, const CommitId& commit) {
    CHECK(place.git({"rev-parse", "HEAD"}) == commit.hex());
    CHECK(place.git({"symbolic-ref", "HEAD"}) == "refs/heads/main");
    CHECK(tracked_changes(place.directory) == "");
    CHECK(place.git({"diff", "--cached", "--name-only", commit.hex()}) == "");
    CHECK(debris(place.directory).empty());
    CHECK_FALSE(fs::exists(place.directory / ".git" / "MERGE_HEAD"));
    const auto compared = must(place.opened()->compare(commit));
    CHECK(compared.head_is_target);
    CHECK(compared.tree_is_target);
    CHECK(compared.edited == 0);
}

struct Beginning {
    const char* name;
    std::function<void(const TwoCommits&)> make;
};

void put(const TwoCommits& at, const std::string& name, const std::string& content) {
    fs::remove_all(at.directory / name);
    fs::create_directories((at.directory / name).parent_path());
    std::ofstream{at.directory / name, std::ios::binary} << content;
}

const std::vector<Beginning> beginnings{
    {"as it was deployed", [](const auto&) {}},
    {"edited files",
     [](const auto& at) {
         put(at, "changed", "mine\n");
         put(at, "same", "mine\n");
         put(at, "blob.bin", "mine");
     }},
    {"a staged edit",
     [](const auto& at) {
         put(at, "changed", "mine\n");
         at.git({"add", "changed"});
     }},
    {"a staged edit that is reverted on disk",
     [](const auto& at) {
         put(at, "same", "mine\n");
         at.git({"add", "same"});
         put(at, "same", "same\n");
     }},
    {"an edit of the same size and time",
     [](const auto& at) {
         const auto time = fs::last_write_time(at.directory / "same");
         std::ofstream{at.directory / "same"} << "SAME\n";
         fs::last_write_time(at.directory / "same", time);
     }},
    {"deleted files",
     [](const auto& at) {
         for (const auto* name : {"same", "changed", "dir", "größe", "retargeted"})
             fs::remove_all(at.directory / name);
     }},
    {"deleted files that become directories, and the reverse",
     [](const auto& at) {
         for (const auto* name : {"file-to-directory", "directory-to-file", "link-to-directory"})
             fs::remove_all(at.directory / name);
     }},
    {"files that are deleted from the index",
     [](const auto& at) {
         at.git({"rm", "-q", "same", "gone"});
         at.git({"rm", "-q", "--cached", "changed"});
     }},
    {"new files that are staged",
     [](const auto& at) {
         put(at, "staged", "mine\n");
         put(at, "new/a/b", "mine\n");
         at.git({"add", "staged", "new/a/b"});
     }},
    {"untracked files that new ones overwrite",
     [](const auto& at) {
         put(at, "new/a/b", "mine\n");
         put(at, "empty", "mine\n");
     }},
    {"an untracked file that a new directory replaces",
     [](const auto& at) { put(at, "new", "mine\n"); }},
    {"an untracked directory that a new file replaces",
     [](const auto& at) { put(at, "empty/mine", "mine\n"); }},
    {"a directory where a file was",
     [](const auto& at) {
         fs::remove(at.directory / "same");
         put(at, "same/inner", "mine\n");
     }},
    {"a file where a directory was", [](const auto& at) { put(at, "dir", "mine\n"); }},
    {"other links",
     [](const auto& at) {
         for (const auto* name : {"retargeted", "dangling", "from-link"}) {
             fs::remove(at.directory / name);
             fs::create_symlink("elsewhere", at.directory / name);
         }
     }},
    {"links that became files",
     [](const auto& at) {
         put(at, "retargeted", "same");
         put(at, "dangling", "nowhere");
     }},
    {"other line endings",
     [](const auto& at) {
         put(at, "text.crlf", "one\ntwo\n");
         put(at, "same", "same\r\n");
     }},
    {"other mode bits",
     [](const auto& at) {
         fs::permissions(at.directory / "tool", fs::perms{0755});
         fs::permissions(at.directory / "was-tool", fs::perms{0644});
         fs::permissions(at.directory / "same", fs::perms{0755});
         fs::permissions(at.directory / "dir/kept", fs::perms{0600});
     }},
    {"no index", [](const auto& at) { fs::remove(at.directory / ".git/index"); }},
    {"a detached HEAD",
     [](const auto& at) {
         at.git({"checkout", "-q", "--detach"});
     }},
    {"another branch",
     [](const auto& at) {
         at.git({"checkout", "-q", "-b", "mine"});
     }},
    {"a local commit",
     [](const auto& at) {
         put(at, "changed", "mine\n");
         at.git({"commit", "-q", "-a", "-m", "mine"});
     }},
    {"an unfinished merge",
     [](const auto& at) {
         put(at, "changed", "mine\n");
         at.git({"commit", "-q", "-a", "-m", "mine"});
         (void)try_git(at.directory, {"merge", at.two.hex()});
     }},
    {"files with intent-to-add and assume-unchanged",
     [](const auto& at) {
         put(at, "later", "mine\n");
         at.git({"add", "-N", "later"});
         at.git({"update-index", "--assume-unchanged", "same"});
     }},
    {"packed refs",
     [](const auto& at) {
         at.git({"pack-refs", "--all"});
     }},
};

/// Runs in a child process as another account, which owns the place. Returns true on success.
bool as_somebody(const Place& place, const std::function<bool()>& action) {
    must_run({"chown", "-R", "65534:65534", place.temporary.path.string()});
    const pid_t child = ::fork();
    if (child == 0) {
        const bool became = ::setgid(65534) == 0 && ::setuid(65534) == 0;
        ::_exit(became && action() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    must_run({"chown", "-R", "0:0", place.temporary.path.string()});
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("the tree becomes exactly the result of git reset --hard") {
    for (const auto& beginning : beginnings) {
        DYNAMIC_SECTION("from " << beginning.name) {
            const TwoCommits place;
            beginning.make(place);
            const Reset reset{place};
            must(place.opened()->switch_to(place.two));
            reset.to(place.two);
            CHECK(differing(snapshot(place.directory), snapshot(reset.copy)) == "");
            CHECK(place.git({"ls-files", "-s"}) == run_git(reset.copy, {"ls-files", "-s"}));
            check_is(place, place.two);
            CHECK(content_of(place.directory / ".env") == "mine\n");
        }
    }
}

TEST_CASE("a switch back gives the result of git reset --hard") {
    const TwoCommits place;
    must(place.opened()->switch_to(place.two));
    const Reset reset{place};
    must(place.opened()->switch_to(place.one));
    reset.to(place.one);
    CHECK(differing(snapshot(place.directory), snapshot(reset.copy)) == "");
    check_is(place, place.one);
}

TEST_CASE("a switch to the current commit reverts edits") {
    const TwoCommits place;
    put(place, "same", "mine\n");
    fs::remove(place.directory / "changed");
    CHECK_FALSE(must(place.opened()->compare(place.one)).tree_is_target);
    must(place.opened()->switch_to(place.one));
    check_is(place, place.one);
}

TEST_CASE("autocrlf of the repository is applied as by git") {
    const TwoCommits place;
    place.git({"config", "core.autocrlf", "true"});
    must(place.opened()->switch_to(place.two));
    CHECK(content_of(place.directory / "changed") == "two\r\n");
    CHECK(content_of(place.directory / "blob.bin") == std::string("\0\1\r\n\3", 5));
    check_is(place, place.two);
}

TEST_CASE("file modes are ignored if core.fileMode is off") {
    const TwoCommits place;
    place.git({"config", "core.filemode", "false"});
    fs::permissions(place.directory / "same", fs::perms{0755});
    CHECK(must(place.opened()->compare(place.one)).edited == 0);
    must(place.opened()->switch_to(place.two));
    check_is(place, place.two);
}

TEST_CASE("the branch's reflog names the deployment") {
    const TwoCommits place;
    must(place.opened()->switch_to(place.two));
    const auto log = place.git({"log", "-g", "--format=%gs", "-1", "main"});
    CHECK(log == "inhaul: deploy " + place.two.short_form());
    CHECK(place.git({"rev-parse", "main@{1}"}) == place.one.hex());
}

TEST_CASE("the branch that was checked out before does not move") {
    const TwoCommits place;
    place.git({"checkout", "-q", "-b", "mine"});
    must(place.opened()->switch_to(place.two));
    CHECK(place.git({"rev-parse", "mine"}) == place.one.hex());
    check_is(place, place.two);
}

TEST_CASE("an unwritable directory is an error, and the branch does not move") {
    if (::geteuid() != 0) return;  // needs a second account
    const TwoCommits place;
    fs::permissions(place.directory / "dir" / "gone", fs::perms{0555});
    const bool failed_well = as_somebody(place, [&] {
        const auto checkout = place.repository();
        if (!checkout->open()) return false;
        const auto switched = checkout->switch_to(place.two);
        const auto error = switched ? Error{} : switched.error();
        return error.code == ErrorCode::permission &&
               error.message.find("dir/gone") != std::string::npos;
    });
    CHECK(failed_well);
    CHECK(place.git({"rev-parse", "HEAD"}) == place.one.hex());
    fs::permissions(place.directory / "dir" / "gone", fs::perms{0755});
    must(place.opened()->switch_to(place.two));
    check_is(place, place.two);
}

TEST_CASE("a link in the tree does not lead a write out of it") {
    const TwoCommits place;
    const auto outside = place.temporary.path / "outside";
    fs::create_directories(outside);
    for (const auto* name : {"kept", "precious", "b", "deep"})
        write_file(outside / name, "precious\n");
    const auto before = snapshot(outside);
    const auto plant = [&](const char* name, const fs::path& target) {
        fs::remove_all(place.directory / name);
        fs::create_directories((place.directory / name).parent_path());
        fs::create_symlink(target, place.directory / name);
    };
    SECTION("in place of a directory") {
        plant("dir", outside);
    }
    SECTION("in place of a directory that goes") {
        plant("dir/gone", outside);
    }
    SECTION("in place of a file that changes") {
        plant("changed", outside / "precious");
    }
    SECTION("in place of a file that stays") {
        plant("same", outside / "precious");
    }
    SECTION("where a new file comes") {
        plant("empty", outside / "precious");
    }
    SECTION("where a new directory comes") {
        plant("new/a", outside);
    }
    SECTION("where a new file comes, to nothing") {
        plant("empty", outside / "made");
    }
    SECTION("where a link becomes a directory") {
        plant("link-to-directory", outside);
    }
    SECTION("in place of a directory, without an index") {
        plant("dir", outside);
        fs::remove(place.directory / ".git/index");
    }
    must(place.opened()->switch_to(place.two));
    CHECK(snapshot(outside) == before);
    check_is(place, place.two);
}

TEST_CASE("a running program is replaced") {
    const TwoCommits place;
    fs::copy_file("/bin/sleep", place.upstream.laptop / "program");
    const auto three = place.upstream.commit("three");
    place.upstream.push();
    CHECK(place.deploy() == three);
    auto running = process::Child::spawn({.argv = {place.directory / "program", "600"}});
    REQUIRE(running);
    const auto four = place.upstream.publish("program", "#!/bin/sh\n");
    CHECK(place.deploy() == four);
    CHECK_FALSE(running->poll());
    check_is(place, four);
}

TEST_CASE("submodules stay as they are") {
    const Place place;
    const Upstream inner{place.temporary.path, "inner.git"};
    (void)inner.publish("x", "1\n");
    run_git(place.upstream.laptop, {"-c", "protocol.file.allow=always", "submodule", "add", "-q",
                                    inner.bare.string(), "sub"});
    const auto one = place.upstream.publish("a", "1\n");
    CHECK(place.deploy() == one);
    CHECK(place.git({"rev-parse", "HEAD"}) == one.hex());
    CHECK(must(place.opened()->compare(one)).tree_is_target);
    CHECK(content_of(place.directory / "a") == "1\n");
}

TEST_CASE("differences are counted, and the count is zero without any") {
    const TwoCommits place;
    auto compared = must(place.opened()->compare(place.one));
    CHECK(compared.head_is_target);
    CHECK(compared.tree_is_target);
    CHECK(compared.edited == 0);
    put(place, "same", "mine\n");
    fs::remove(place.directory / "changed");
    compared = must(place.opened()->compare(place.one));
    CHECK(compared.head_is_target);
    CHECK_FALSE(compared.tree_is_target);
    CHECK(compared.edited == 2);
    compared = must(place.opened()->compare(place.two));
    CHECK_FALSE(compared.head_is_target);
    CHECK_FALSE(compared.tree_is_target);
    CHECK(compared.edited == 2);
}

TEST_CASE("a branch that a user moved without its files is detected") {
    const TwoCommits place;
    place.git({"update-ref", "refs/heads/main", place.two.hex()});
    const auto compared = must(place.opened()->compare(place.two));
    CHECK(compared.head_is_target);
    CHECK_FALSE(compared.tree_is_target);
    CHECK(compared.edited > 0);
}

TEST_CASE("a detached HEAD at the commit is not the branch at the commit") {
    const TwoCommits place;
    place.git({"checkout", "-q", "--detach"});
    const auto compared = must(place.opened()->compare(place.one));
    CHECK_FALSE(compared.head_is_target);
    CHECK(compared.tree_is_target);
}

TEST_CASE("the stamp is written and excluded, and survives a switch") {
    const TwoCommits place;
    const auto checkout = place.opened();
    const TimePoint time{Seconds{1772357400}};
    CHECK(must(checkout->write_stamp("state/updated.txt", place.one, time)));
    CHECK(must(checkout->write_stamp("state/updated.txt", place.one, time)));
    const auto content = content_of(place.directory / "state/updated.txt");
    CHECK_THAT(content, ContainsSubstring(place.one.hex()));
    CHECK_THAT(content, ContainsSubstring("2026-03-01T09:30:00Z"));
    CHECK(place.git({"check-ignore", "state/updated.txt"}) == "state/updated.txt");
    CHECK(place.git({"status", "--porcelain", "state"}).empty());
    const auto exclude = content_of(place.directory / ".git/info/exclude");
    CHECK(exclude.find("/state/updated.txt\n") == exclude.rfind("/state/updated.txt\n"));
    must(checkout->switch_to(place.two));
    CHECK(content_of(place.directory / "state/updated.txt") == content);
    check_is(place, place.two);
}

TEST_CASE("writing the stamp keeps other files, and leaves no temporary file") {
    const TwoCommits place;
    const auto like = place.directory / (".stamp." + std::to_string(::getpid()) + "~");
    write_file(like, "mine\n");
    // The state after a kill between writing and renaming.
    const std::string name = ".inhaul-0123456789abcdef0123456789abcdef";
    write_file(place.directory / ".git/inhaul.stamping", name);
    write_file(place.directory / name, "half");
    must(place.opened()->write_stamp("stamp", place.one, TimePoint{}));
    CHECK(content_of(like) == "mine\n");
    CHECK(debris(place.directory).empty());
    CHECK_FALSE(fs::exists(place.directory / ".git/inhaul.stamping"));
}

TEST_CASE("a directory at the path of the stamp is not removed") {
    const TwoCommits place;
    fs::create_directories(place.directory / "stamp/data");
    const auto error = error_of(place.opened()->write_stamp("stamp", place.one, TimePoint{}));
    CHECK(error.code == ErrorCode::refused);
    CHECK(fs::exists(place.directory / "stamp/data"));
    write_file(place.directory / "file", "mine\n");
    CHECK_FALSE(place.opened()->write_stamp("file/stamp", place.one, TimePoint{}));
    CHECK(content_of(place.directory / "file") == "mine\n");
    fs::create_directory_symlink(place.temporary.path, place.directory / "out");
    CHECK_FALSE(place.opened()->write_stamp("out/stamp", place.one, TimePoint{}));
    CHECK_FALSE(fs::exists(place.temporary.path / "stamp"));
}

TEST_CASE("a stamp that looks like a pattern excludes nothing else") {
    const TwoCommits place;
    CHECK(must(place.opened()->write_stamp("[n]*tes", place.one, TimePoint{})));
    CHECK(place.git({"status", "--porcelain", "--", "notes"}) == "?? notes");
    CHECK(place.git({"status", "--porcelain", "--", ":(literal)[n]*tes"}).empty());
}

TEST_CASE("a stamp that is a file of the commit is not written") {
    const TwoCommits place;
    CHECK_FALSE(must(place.opened()->write_stamp("same", place.one, TimePoint{})));
    check_is(place, place.one);
}

TEST_CASE("a stamp does not follow a link out of the directory") {
    const TwoCommits place;
    fs::create_directory(place.temporary.path / "outside");
    fs::create_directory_symlink(place.temporary.path / "outside", place.directory / "out");
    const auto error = error_of(place.opened()->write_stamp("out/stamp", place.one, TimePoint{}));
    CHECK(error.code == ErrorCode::refused);
    CHECK(fs::is_empty(place.temporary.path / "outside"));
}
