// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/existing_checkout.hpp>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

// Checkouts that a user configured: inhaul does the same as git, or names the command that helps.

namespace {

struct Cloned : Place {
    Cloned() {
        upstream.write("deep/er/and/er/still/a", "1\n");
        upstream.write("top", "1\n");
        (void)upstream.publish("src/b", "1\n");
        run_git(upstream.bare, {"config", "uploadpack.allowFilter", "true"});
    }
    void clone(std::vector<std::string> options = {}) const {
        options.insert(options.begin(), {"clone", "-q"});
        options.insert(options.end(), {"file://" + upstream.bare.string(), directory.string()});
        run_git(temporary.path, options);
    }
    [[nodiscard]] Error refusal() const {
        const auto error = error_of(repository()->open());
        CHECK(error.code == ErrorCode::refused);
        // Used by init, check and doctor.
        CHECK(error_of(git::checkout_at(directory)).message == error.message);
        CHECK(error_of(git::check_directory(directory)).message == error.message);
        return error;
    }
    /// Runs the command of the hint in a shell.
    void follow(const Error& error) const {
        const auto run = error.hint.find("Run: ");
        REQUIRE(run != std::string::npos);
        const auto done = process::run({.argv = {"sh", "-ec", error.hint.substr(run + 5)},
                                        .environment = git_environment(),
                                        .clean_environment = true,
                                        .capture_output = true},
                                       Milliseconds{60'000});
        INFO(done->output);
        REQUIRE(done->status.success());
        const auto two = upstream.publish("src/b", "2\n");
        CHECK(deploy() == two);
        CHECK(tracked_changes(directory) == "");
        CHECK(content_of(directory / "deep/er/and/er/still/a") == "1\n");
        CHECK(must(git::checkout_at(directory)));
    }
};

}  // namespace

TEST_CASE("a sparse checkout is refused with the command that fixes it") {
    const Cloned place;
    place.clone();
    place.git({"sparse-checkout", "set", "deep"});
    place.follow(place.refusal());
}

TEST_CASE("a sparse checkout of an old git is refused") {
    const Cloned place;
    place.clone();
    place.git({"config", "core.sparseCheckout", "true"});
    write_file(place.directory / ".git/info/sparse-checkout", "src\n");
    place.git({"read-tree", "-mu", "HEAD"});
    CHECK_FALSE(fs::exists(place.directory / "deep"));
    place.follow(place.refusal());
}

TEST_CASE("a partial clone is refused with the command that fixes it") {
    const Cloned place;
    place.clone({"--filter=blob:none"});
    SECTION("of a current git") {}
    SECTION("with the extension that older versions of git set") {
        place.git({"config", "extensions.partialClone", "origin"});
    }
    place.follow(place.refusal());
}

TEST_CASE("a shallow clone is refused with the command that fixes it") {
    const Cloned place;
    (void)place.upstream.publish("top", "2\n");
    place.clone({"--depth=1"});
    place.follow(place.refusal());
}

TEST_CASE("an index format that only git reads is refused, and does not count as damage") {
    const Cloned place;
    place.clone();
    write_file(place.directory / "src/staged", "staged\n");
    place.git({"add", "src/staged"});
    SECTION("split in two files") {
        place.git({"config", "core.splitIndex", "true"});
        place.git({"update-index", "--split-index"});
    }
    SECTION("without a checksum") {
        auto index = content_of(place.directory / ".git/index");
        index.replace(index.size() - 20, 20, std::string(20, '\0'));
        write_file(place.directory / ".git/index", index);
        // Newer versions of libgit2 read it.
        if (place.repository()->open()) return;
    }
    const auto error = place.refusal();
    CHECK(place.git({"diff", "--cached", "--name-only"}) == "src/staged");
    place.follow(error);
}

TEST_CASE("a working tree elsewhere is refused with the command that fixes it") {
    const Cloned place;
    place.clone();
    const auto elsewhere = place.temporary.path / "elsewhere";
    fs::create_directory(elsewhere);
    place.git({"config", "core.worktree", elsewhere.string()});
    place.follow(place.refusal());
    CHECK(fs::is_empty(elsewhere));
    // Another spelling of the same path is accepted.
    place.git({"config", "core.worktree", ".."});
    (void)place.opened();
}

TEST_CASE("unknown extensions are refused by name") {
    const Cloned place;
    place.clone();
    place.git({"config", "core.repositoryformatversion", "1"});
    const auto& [key, value, expected] = GENERATE(table<std::string, std::string, std::string>({
        {"extensions.objectFormat", "sha256", "sha256"},
        {"extensions.refStorage", "reftable", "git refs migrate"},
        {"extensions.somethingNew", "true", "somethingnew"},
    }));
    write_file(place.directory / ".git/config",
               content_of(place.directory / ".git/config") + "[extensions]\n\t" +
                   key.substr(key.find('.') + 1) + " = " + value + "\n");
    const auto error = place.refusal();
    CHECK_FALSE(error.hint.empty());
    if (expected.starts_with("git "))
        CHECK_THAT(error.hint, ContainsSubstring("refs migrate"));
    else
        CHECK_THAT(error.message, ContainsSubstring(expected));
}

TEST_CASE("the worktree's own configuration is read as by git") {
    const Cloned place;
    place.clone();
    place.git({"config", "core.repositoryformatversion", "1"});
    place.git({"config", "extensions.worktreeConfig", "true"});
    place.git({"config", "extensions.preciousObjects", "true"});
    place.git({"config", "--worktree", "core.autocrlf", "true"});
    const auto two = place.upstream.publish("new/file", "a\nb\n");
    CHECK(place.deploy() == two);
    CHECK(content_of(place.directory / "new/file") == "a\r\nb\r\n");
    CHECK(place.git({"status", "--porcelain"}) == "");
}

TEST_CASE("the remote-tracking branch follows a fetch from the same remote") {
    const Cloned place;
    place.clone();
    const auto two = place.upstream.publish("src/b", "2\n");
    SECTION("the same, by another scheme") {
        CHECK(place.deploy() == two);
        CHECK(place.git({"status", "-sb"}) == "## main...origin/main");
    }
    SECTION("another remote") {
        const auto before = place.git({"rev-parse", "origin/main"});
        place.git({"remote", "set-url", "origin", "https://example.org/fork/app.git"});
        CHECK(place.deploy() == two);
        CHECK(place.git({"rev-parse", "origin/main"}) == before);
    }
    SECTION("with another name") {
        place.git({"remote", "rename", "origin", "hub"});
        CHECK(place.deploy() == two);
        CHECK(place.git({"rev-parse", "hub/main"}) == two.hex());
    }
    SECTION("in a checkout that inhaul created") {
        fs::remove_all(place.directory);
        CHECK(place.deploy() == two);
        CHECK(place.git({"status", "-sb"}) == "## main...origin/main");
    }
}

TEST_CASE("a commit with a file for a required filter is refused before any file changes") {
    const Cloned place;
    place.clone();
    place.upstream.write("deep/.gitattributes", "*.key filter=git-crypt\n");
    (void)place.upstream.publish("deep/er/secret.key", "\1GITCRYPT\n");
    place.upstream.write("top", "2\n");
    const auto two = place.upstream.commit("two");
    place.upstream.push();
    SECTION("required") {
        place.git({"config", "filter.git-crypt.required", "true"});
        place.git({"config", "filter.git-crypt.smudge", "git-crypt smudge"});
        const auto before = snapshot(place.directory);
        const auto checkout = place.opened();
        const auto head = must(checkout->fetch(no_progress, std::nullopt));
        const auto error = error_of(checkout->switch_to(head));
        CHECK(error.code == ErrorCode::refused);
        CHECK_THAT(error.message, ContainsSubstring("deep/er/secret.key"));
        CHECK_THAT(error.message, ContainsSubstring("git-crypt"));
        CHECK(snapshot(place.directory) == before);
        // The same as git, if the filter is not installed.
        CHECK_FALSE(
            try_git(place.directory, {"reset", "-q", "--hard", head.hex()}).status.success());
    }
    SECTION("not required, or for no file of the commit") {
        place.git({"config", "filter.git-crypt.smudge", "false"});
        place.git({"config", "filter.other.required", "true"});
        CHECK(place.deploy() == two);
    }
}

TEST_CASE("a required filter is also found for a repository of releases, which is bare") {
    const Place place;
    (void)place.upstream.publish(".gitattributes", "*.key filter=git-crypt\n");
    (void)place.upstream.publish("deep/er/secret.key", "\1GITCRYPT\n");
    const auto made = git::releases(place.directory, main_branch, place.access(), {});
    must(made->open());
    const auto head = must(made->fetch(no_progress, std::nullopt));
    const auto bare = place.directory / "repo.git";
    run_git(bare, {"config", "filter.git-crypt.required", "true"});
    const auto again = git::releases(place.directory, main_branch, place.access(), {});
    must(again->open());
    const auto error = error_of(again->check_switch(head));
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.hint, ContainsSubstring("git -C " + bare.string()));
}

namespace {

/// An app with a library at libs/one, which has two commits.
struct WithLibrary : Place {
    Upstream one{temporary.path, "one.git"};

    WithLibrary() {
        (void)one.publish("deep/x", "0\n");
        (void)one.publish("deep/x", "1\n");
        run_git(upstream.laptop, {"-c", "protocol.file.allow=always", "submodule", "add", "-q",
                                  "../one.git", "libs/one"});
        (void)upstream.publish("version", "1\n");
    }
    CommitId publish_next() const {
        (void)one.publish("deep/x", "2\n");
        run_git(upstream.laptop / "libs/one", {"fetch", "-q", "origin"});
        run_git(upstream.laptop / "libs/one", {"reset", "-q", "--hard", "origin/main"});
        return upstream.publish("version", "2\n");
    }
    void clone(std::vector<std::string> options = {}) const {
        options.insert(options.begin(), {"-c", "protocol.file.allow=always", "clone", "-q"});
        options.insert(options.end(), {"file://" + upstream.bare.string(), directory.string()});
        run_git(temporary.path, options);
    }
    CommitId deploy() const {
        auto with = access();
        with.submodule_url = [](std::string_view url) { return std::string{url}; };
        const auto checkout = git::repository(directory, main_branch, with);
        must(checkout->open());
        auto head = must(checkout->fetch(no_progress, std::nullopt));
        (void)must(checkout->compare(head));
        must(checkout->fetch_submodules(head, no_progress));
        must(checkout->switch_to(head));
        CHECK(must(checkout->compare(head)).tree_is_target);
        return head;
    }
};

}  // namespace

TEST_CASE("inhaul ignores the submodules that git ignores") {
    const WithLibrary place;
    SECTION("never initialised") {
        place.clone();
    }
    SECTION("inactive") {
        place.clone({"--recurse-submodules"});
        place.git({"submodule", "deinit", "-f", "-q", "libs/one"});
        place.git({"config", "submodule.libs/one.active", "false"});
    }
    SECTION("not matched by submodule.active") {
        place.clone({"--recurse-submodules=other"});
    }
    SECTION("with update = none") {
        place.clone();
        place.git({"submodule", "init", "-q"});
        place.git({"config", "submodule.libs/one.update", "none"});
    }
    const auto two = place.publish_next();
    CHECK(place.deploy() == two);
    CHECK(content_of(place.directory / "version") == "2\n");
    CHECK(fs::is_empty(place.directory / "libs/one"));
    CHECK(place.git({"status", "--porcelain"}) == "");
    // They are updated once the user enables them.
    place.git({"config", "submodule.libs/one.active", "true"});
    place.git({"config", "submodule.libs/one.update", "checkout"});
    CHECK(place.deploy() == two);
    CHECK(content_of(place.directory / "libs/one/deep/x") == "2\n");
}

TEST_CASE("a submodule that a commit adds is fetched, even if others are ignored") {
    const WithLibrary place;
    place.clone();
    run_git(place.upstream.laptop, {"-c", "protocol.file.allow=always", "submodule", "add", "-q",
                                    "../one.git", "libs/two"});
    const auto two = place.publish_next();
    CHECK(place.deploy() == two);
    CHECK(content_of(place.directory / "libs/two/deep/x") == "1\n");
    CHECK(fs::is_empty(place.directory / "libs/one"));
    CHECK(place.deploy() == two);
}

TEST_CASE("a shallow submodule gets its next commit") {
    [[maybe_unused]] const LibraryMayLeak here;
    const WithLibrary place;
    place.clone({"--recurse-submodules", "--shallow-submodules"});
    REQUIRE(run_git(place.directory / "libs/one", {"rev-parse", "--is-shallow-repository"}) ==
            "true");
    const auto two = place.publish_next();
    CHECK(place.deploy() == two);
    CHECK(content_of(place.directory / "libs/one/deep/x") == "2\n");
    CHECK(place.git({"submodule", "status"}).find("+") == std::string::npos);
    run_git(place.directory / "libs/one", {"fsck"});
}

TEST_CASE("a file that the app's hooks change is not an edit, until something else changes it") {
    const bool release_directories = GENERATE(false, true);
    CAPTURE(release_directories);
    const Cloned place;
    const auto open = [&] {
        auto made = release_directories
                        ? git::releases(place.directory, main_branch, place.access(), {})
                        : place.repository();
        must(made->open());
        return made;
    };
    const auto one = commit_named(place.upstream.bare, "main");
    auto app = open();
    (void)must(app->fetch(no_progress, std::nullopt));
    must(app->prepare(one, false));
    must(app->switch_to(one));
    const auto lock = app->place_of(one) / "deep/er/and/er/still/a";
    write_file(lock, "locked\n");
    fs::remove(app->place_of(one) / "top");
    CHECK(must(app->adopt_edits(one)) == std::vector<std::string>{"deep/er/and/er/still/a", "top"});
    CHECK(must(app->adopt_edits(one)).empty());
    app = open();
    CHECK(must(app->compare(one)).tree_is_target);
    CHECK(must(app->compare(one)).edited == 0);
    // A user's edit, of another file or of the same one, still counts.
    write_file(lock, "a person's\n");
    CHECK_FALSE(must(app->compare(one)).tree_is_target);
    CHECK(must(app->compare(one)).edited == 1);
    write_file(lock, "locked\n");
    CHECK(must(app->compare(one)).edited == 0);
    // Another commit replaces all files.
    const auto two = place.upstream.publish("src/b", "2\n");
    CHECK(must(app->fetch(no_progress, std::nullopt)) == two);
    CHECK_FALSE(must(app->compare(two)).tree_is_target);
    must(app->switch_to(two));
    CHECK(content_of(app->place_of(two) / "top") == "1\n");
    CHECK(content_of(app->place_of(two) / "deep/er/and/er/still/a") == "1\n");
    CHECK(must(app->compare(two)).tree_is_target);
}
