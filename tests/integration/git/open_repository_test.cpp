// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

Error open_error(const Place& place) {
    return error_of(place.repository()->open());
}

void write(const fs::path& path, const std::string& content) {
    fs::create_directories(path.parent_path());
    write_file(path, content);
}

/// Makes the file old.
void age(const fs::path& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{2});
}

}  // namespace

TEST_CASE("a missing directory becomes an empty repository on the branch") {
    const Place place;
    const auto checkout = place.opened();
    CHECK(place.git({"symbolic-ref", "HEAD"}) == "refs/heads/main");
    CHECK_FALSE(must(checkout->head()));
    CHECK(place.git({"status", "--porcelain"}).empty());
}

TEST_CASE("an empty directory becomes a repository, and opening it again changes nothing") {
    const Place place;
    fs::create_directory(place.directory);
    (void)place.opened();
    const auto config = content_of(place.directory / ".git" / "config");
    (void)place.opened();
    CHECK(content_of(place.directory / ".git" / "config") == config);
}

TEST_CASE("git finds a remote and an upstream branch in a new checkout") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    CHECK(place.deploy() == one);
    CHECK(place.git({"config", "remote.origin.url"}) == place.upstream.bare.string());
    place.git({"fetch", "-q"});
    CHECK(place.git({"rev-parse", "@{upstream}"}) == one.hex());
    CHECK(place.git({"status", "-sb"}) == "## main...origin/main");
}

TEST_CASE("a directory with other files is refused, and they are named") {
    const Place place;
    for (const auto* name : {"app.py", "data", "notes", "z"})
        write(place.directory / name, "x");
    const auto error = open_error(place);
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, ContainsSubstring(place.directory.string()));
    CHECK_THAT(error.message, ContainsSubstring("app.py, data, notes"));
    CHECK_FALSE(error.hint.empty());
    CHECK(snapshot(place.directory).size() == 4);
    CHECK_FALSE(fs::exists(place.directory / ".git"));
}

TEST_CASE("a file where the directory should be is refused") {
    const Place place;
    write(place.directory, "x");
    CHECK_THAT(open_error(place).message, ContainsSubstring(place.directory.string()));
    CHECK(content_of(place.directory) == "x");
}

TEST_CASE("a linked worktree is refused") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    run_git(place.upstream.laptop,
            {"worktree", "add", "-q", place.directory.string(), "-b", "other"});
    const auto error = open_error(place);
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, ContainsSubstring("worktree"));
}

TEST_CASE("a bare repository is refused") {
    const Place place;
    run_git(place.temporary.path, {"init", "-q", "--bare", place.directory.string()});
    const auto error = open_error(place);
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, ContainsSubstring("bare"));
}

TEST_CASE("a repository that belongs to another account is refused") {
    if (::geteuid() != 0) return;  // only root can change the owner
    const Place place;
    (void)place.opened();
    const auto foreign = GENERATE(as<std::string>{}, "", ".git");
    REQUIRE(::chown((place.directory / foreign).c_str(), 65534, 65534) == 0);
    const auto error = open_error(place);
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, ContainsSubstring("belongs to another account"));
    CHECK_FALSE(error.hint.empty());
}

TEST_CASE("a partly created repository is completed") {
    const Place place;
    const auto left = GENERATE(as<std::string>{}, "", "objects/pack/x", "refs/heads/x", "config",
                               "HEAD.lock", "config.lock");
    fs::create_directories(place.directory / ".git");
    if (!left.empty()) write(place.directory / ".git" / left, "");
    if (left.ends_with("x")) fs::remove(place.directory / ".git" / left);
    const auto one = place.upstream.publish("a", "1\n");
    CHECK(place.deploy() == one);
    CHECK(tracked_changes(place.directory).empty());
    CHECK(debris(place.directory).empty());
    CHECK(place.git({"rev-parse", "HEAD"}) == one.hex());
}

TEST_CASE("an interrupted first fetch is repeated") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    (void)place.opened();
    write(place.directory / ".git" / "objects" / "pack" / "pack_git2_a1b2c3", "half a pack");
    CHECK(place.deploy() == one);
    CHECK(debris(place.directory).empty());
}

TEST_CASE("a lock file that a running git may hold prevents opening, and is named") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    place.deploy();
    const auto name = GENERATE(as<std::string>{}, "index.lock", "HEAD.lock", "refs/heads/main.lock",
                               "refs/inhaul/main.lock", "packed-refs.lock");
    const auto lock = place.directory / ".git" / name;
    // Like git, keeps the lock open while writing it.
    const std::ofstream open{lock};
    const auto error = open_error(place);
    CHECK(error.code == ErrorCode::host);
    CHECK(error.transient);
    CHECK_THAT(error.message, ContainsSubstring(lock.string()));
    CHECK_FALSE(error.hint.empty());
    CHECK(fs::exists(lock));
}

TEST_CASE("a stale lock file is removed") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    place.deploy();
    const auto name =
        GENERATE(as<std::string>{}, "index.lock", "HEAD.lock", "refs/heads/main.lock",
                 "refs/inhaul/main.lock", "packed-refs.lock", "config.lock", "shallow.lock");
    const auto lock = place.directory / ".git" / name;
    write(lock, "x");
    age(lock);
    (void)place.opened();
    CHECK_FALSE(fs::exists(lock));
}

TEST_CASE("the lock of a git that waits for its editor is respected, however old") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    place.deploy();
    write(place.directory / "a", "mine\n");
    auto environment = git_environment();
    environment.emplace_back("GIT_EDITOR", "sleep 60; false");
    auto git = process::Child::spawn({.argv = {"git", "commit", "-q", "-a"},
                                      .directory = place.directory,
                                      .environment = environment,
                                      .clean_environment = true});
    REQUIRE(git);
    const auto lock = place.directory / ".git/index.lock";
    // Git has written and closed the lock when it starts the editor.
    const auto message = place.directory / ".git/COMMIT_EDITMSG";
    for (int i = 0; i < 1000 && !fs::exists(message); ++i)
        (void)try_git(place.temporary.path, {"--version"});
    REQUIRE(fs::exists(lock));
    age(lock);
    // Not even after a worker of inhaul died.
    if (GENERATE(false, true)) write(place.directory / ".git/inhaul.working", "");
    const auto error = open_error(place);
    CHECK(error.code == ErrorCode::host);
    CHECK_THAT(error.message, ContainsSubstring(lock.string()));
    CHECK(fs::exists(lock));
}

TEST_CASE("the lock file of another branch is ignored") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    place.deploy();
    write(place.directory / ".git" / "refs/heads/other.lock", "x");
    (void)place.opened();
    CHECK(fs::exists(place.directory / ".git" / "refs/heads/other.lock"));
}
