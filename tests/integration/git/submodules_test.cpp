// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <sstream>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

// The app has a library at libs/one, which has another one at deep:
//
//   app      A(libs/one at 1) -- B(libs/one at 2) -- C(no submodule, libs/one/x is its own file)
//   one.git  1(deep at a)     -- 2(deep at b)
//   deep.git a -- b
//
// B's library has a newer commit on its branch that is not pinned.

namespace {

struct WithSubmodules : Place {
    Upstream deep{temporary.path, "deep.git"};
    Upstream one{temporary.path, "one.git"};
    CommitId deep_a = deep.publish("d", "a\n");
    CommitId one_1 = (add(one, "../deep.git", "deep"), one.publish("x", "1\n"));
    CommitId a = (add(upstream, "../one.git", "libs/one"), upstream.publish("version", "A\n"));

    static void add(const Upstream& to, const std::string& url, const std::string& path) {
        run_git(to.laptop,
                {"-c", "protocol.file.allow=always", "submodule", "add", "-q", url, path});
    }
    /// Moves the laptop's submodule to a newer commit of its branch.
    static void take_newest(const Upstream& to, const std::string& path) {
        run_git(to.laptop / path, {"fetch", "-q", "origin"});
        run_git(to.laptop / path, {"reset", "-q", "--hard", "origin/main"});
    }
    CommitId publish_b() const {
        (void)deep.publish("d", "b\n");
        take_newest(one, "deep");
        (void)one.publish("x", "2\n");
        take_newest(upstream, "libs/one");
        auto made = upstream.publish("version", "B\n");
        (void)one.publish("x", "not pinned\n");
        return made;
    }

    [[nodiscard]] git::Access access() const {
        auto access = Place::access();
        access.submodule_url = [](std::string_view url) { return std::string{url}; };
        return access;
    }
    [[nodiscard]] std::unique_ptr<git::Repository> opened() const {
        auto made = git::repository(directory, main_branch, access());
        must(made->open());
        return made;
    }
    CommitId deploy() const {
        const auto checkout = opened();
        auto head = must(checkout->fetch(no_progress, std::nullopt));
        must(checkout->fetch_submodules(head, no_progress));
        must(checkout->switch_to(head));
        return head;
    }
    /// Checks that the directory equals a clone by git with all submodules.
    void check_is(const CommitId& commit) const {
        const auto compared = must(opened()->compare(commit));
        CHECK(compared.head_is_target);
        CHECK(compared.tree_is_target);
        CHECK(compared.edited == 0);
        CHECK(git({"status", "--porcelain", "--ignore-submodules=none"}) == "");
        const auto clone = temporary.path / "clone";
        fs::remove_all(clone);
        run_git(temporary.path, {"-c", "protocol.file.allow=always", "clone", "-q", "--no-checkout",
                                 upstream.bare.string(), clone.string()});
        run_git(clone, {"checkout", "-q", "--detach", commit.hex()});
        run_git(clone, {"-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init",
                        "--recursive"});
        CHECK(files_below(directory) == files_below(clone));
        CHECK(pinned_in(directory) == pinned_in(clone));
    }
    /// Returns one line each, without the names that git derives from refs.
    static std::string pinned_in(const fs::path& below) {
        std::istringstream status{run_git(below, {"submodule", "status", "--recursive"})};
        std::string pinned;
        for (std::string line; std::getline(status, line);)
            pinned += line.substr(0, line.find(" (")) + "\n";
        return pinned;
    }
    static std::map<std::string, std::string> files_below(const fs::path& below) {
        auto found = snapshot(below);
        std::erase_if(found, [](const auto& file) {
            return file.first == ".git" || file.first.ends_with("/.git");
        });
        return found;
    }
};

std::string content(const WithSubmodules& place, const std::string& name) {
    return content_of(place.directory / name);
}

}  // namespace

TEST_CASE("submodules and nested submodules are at their pinned commits") {
    const WithSubmodules place;
    CHECK(place.deploy() == place.a);
    CHECK(content(place, "libs/one/x") == "1\n");
    CHECK(content(place, "libs/one/deep/d") == "a\n");
    place.check_is(place.a);
    const auto b = place.publish_b();
    CHECK(place.deploy() == b);
    CHECK(content(place, "libs/one/x") == "2\n");
    CHECK(content(place, "libs/one/deep/d") == "b\n");
    place.check_is(b);
    // A rollback needs no server.
    fs::remove_all(place.one.bare);
    fs::remove_all(place.deep.bare);
    const auto checkout = place.opened();
    must(checkout->fetch_submodules(place.a, no_progress));
    must(checkout->switch_to(place.a));
    CHECK(content(place, "libs/one/x") == "1\n");
    CHECK(content(place, "libs/one/deep/d") == "a\n");
    CHECK(must(checkout->compare(place.a)).tree_is_target);
}

TEST_CASE("a user's clone with submodules is used as it is") {
    const WithSubmodules place;
    run_git(place.temporary.path,
            {"-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules",
             place.upstream.bare.string(), place.directory.string()});
    place.check_is(place.a);
    const auto b = place.publish_b();
    CHECK(place.deploy() == b);
    place.check_is(b);
    CHECK_FALSE(fs::exists(place.directory / ".git/modules/libs/one/worktrees"));
}

TEST_CASE("edits in a submodule are counted, saved and reverted") {
    const WithSubmodules place;
    place.deploy();
    write_file(place.directory / "libs/one/x", "mine\n");
    write_file(place.directory / "libs/one/deep/d", "mine too\n");
    write_file(place.directory / "libs/one/untracked", "stays\n");
    const auto checkout = place.opened();
    auto compared = must(checkout->compare(place.a));
    CHECK(compared.head_is_target);
    CHECK_FALSE(compared.tree_is_target);
    CHECK(compared.edited == 2);
    const auto lines = must(checkout->save_local_edits(place.a, place.patches));
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("in the submodule libs/one: saved 1 edited file as "));
    CHECK(lines[1].starts_with("in the submodule libs/one/deep: saved 1 edited file as "));
    must(checkout->switch_to(place.a));
    CHECK(content(place, "libs/one/x") == "1\n");
    CHECK(content(place, "libs/one/deep/d") == "a\n");
    CHECK(content(place, "libs/one/untracked") == "stays\n");
    CHECK(must(checkout->compare(place.a)).tree_is_target);
}

TEST_CASE("a submodule that a user moved to another commit is reset") {
    const WithSubmodules place;
    place.deploy();
    const auto b = place.publish_b();
    CHECK(place.deploy() == b);
    run_git(place.directory / "libs/one", {"checkout", "-q", "--detach", place.one_1.hex()});
    CHECK_FALSE(must(place.opened()->compare(b)).tree_is_target);
    place.deploy();
    place.check_is(b);
}

TEST_CASE("a submodule that the commit drops is removed, and its untracked files stay") {
    const WithSubmodules place;
    place.deploy();
    write_file(place.directory / "libs/one/notes", "stays\n");
    run_git(place.upstream.laptop, {"rm", "-q", "--cached", "libs/one"});
    place.upstream.remove("libs/one");
    place.upstream.remove(".gitmodules");
    SECTION("with files of its own in its place") {
        const auto c = place.upstream.publish("libs/one/x", "C\n");
        CHECK(place.deploy() == c);
        CHECK(content(place, "libs/one/x") == "C\n");
        CHECK(must(place.opened()->compare(c)).tree_is_target);
        CHECK(place.git({"status", "--porcelain", "--untracked-files=no"}) == "");
    }
    SECTION("with nothing in its place") {
        const auto c = place.upstream.publish("version", "C\n");
        CHECK(place.deploy() == c);
        CHECK_FALSE(fs::exists(place.directory / "libs/one/x"));
        CHECK(must(place.opened()->compare(c)).tree_is_target);
    }
    CHECK(content(place, "libs/one/notes") == "stays\n");
    CHECK_FALSE(fs::exists(place.directory / "libs/one/deep"));
    CHECK_FALSE(fs::exists(place.directory / "libs/one/.git"));
    // The submodule is added again.
    const auto checkout = place.opened();
    must(checkout->switch_to(place.a));
    CHECK(content(place, "libs/one/x") == "1\n");
    CHECK(content(place, "libs/one/deep/d") == "a\n");
}

namespace {

/// Two libraries with files of the same names, x at p and y at q.
struct TwoLibraries : WithSubmodules {
    TwoLibraries() {
        (void)x.publish("src/deep/name", "x\n");
        (void)y.publish("src/deep/name", "y\n");
        (void)x.publish("only-x", "x\n");
        (void)y.publish("only-y", "y\n");
        pin({{"x", "p"}, {"y", "q"}});
        first = commit_named(upstream.laptop, "HEAD");
    }
    /// Sets the laptop's submodules: name, path.
    void pin(const std::map<std::string, std::string>& wanted) const {
        std::string text;
        run_git(upstream.laptop, {"rm", "-rqf", "--cached", "."});
        for (const auto* const path : {"p", "q", "libs", "deep/er/r"})
            upstream.remove(path);
        for (const auto& [name, path] : wanted) {
            text +=
                "[submodule \"" + name + "\"]\n path = " + path + "\n url = ../" + name + ".git\n";
            const auto head = commit_named((name == "x" ? x : y).bare, "main").hex();
            run_git(upstream.laptop,
                    {"update-index", "--add", "--cacheinfo", "160000," + head + "," + path});
        }
        upstream.write(".gitmodules", text);
        run_git(upstream.laptop, {"add", ".gitmodules", "version"});
        run_git(upstream.laptop, {"commit", "-q", "-m", text});
        upstream.push();
    }
    void check_has(const std::string& path, const std::string& name) const {
        CAPTURE(path, name);
        CHECK(content_of(directory / path / "src/deep/name") == name + "\n");
        CHECK(content_of(directory / path / ("only-" + name)) == name + "\n");
        CHECK_FALSE(fs::exists(directory / path / (name == "x" ? "only-y" : "only-x")));
        CHECK(run_git(directory / path, {"status", "--porcelain"}) == "");
        CHECK(run_git(directory / path, {"rev-parse", "HEAD"}) ==
              commit_named((name == "x" ? x : y).bare, "main").hex());
    }
    void made_by_git() const {
        run_git(temporary.path,
                {"-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules",
                 upstream.bare.string(), directory.string()});
    }
    Upstream x{temporary.path, "x.git"};
    Upstream y{temporary.path, "y.git"};
    CommitId first = a;
};

}  // namespace

TEST_CASE("submodules that move or swap paths have their own files") {
    const TwoLibraries place;
    const bool by_git = GENERATE(false, true);
    CAPTURE(by_git);
    if (by_git) place.made_by_git();
    place.deploy();
    place.check_has("p", "x");
    write_file(place.directory / "p/untracked", "stays\n");
    SECTION("one moves, the other takes its place") {
        place.pin({{"x", "deep/er/r"}, {"y", "p"}});
        place.deploy();
        place.check_has("deep/er/r", "x");
        CHECK(content_of(place.directory / "p/only-y") == "y\n");
        CHECK_FALSE(fs::exists(place.directory / "q/only-y"));
    }
    SECTION("they swap paths") {
        place.pin({{"x", "q"}, {"y", "p"}});
        place.deploy();
        place.check_has("q", "x");
        CHECK(content_of(place.directory / "p/only-y") == "y\n");
    }
    CHECK_FALSE(fs::exists(place.directory / "p/only-x"));
    CHECK(content_of(place.directory / "p/src/deep/name") == "y\n");
    CHECK(content_of(place.directory / "p/untracked") == "stays\n");
    CHECK(must(place.opened()->compare(must(place.opened()->head()).value())).tree_is_target);
    // Then each of them can be removed.
    place.pin({{"x", "deep/er/r"}});
    place.deploy();
    place.check_has("deep/er/r", "x");
    for (const auto* const gone : {"p/only-y", "q/only-x", "p/.git", "q/.git"})
        CHECK_FALSE(fs::exists(place.directory / gone));
    place.pin({{"x", "p"}, {"y", "q"}});
    fs::remove(place.directory / "p/untracked");
    place.deploy();
    place.check_has("p", "x");
    place.check_has("q", "y");
}

TEST_CASE("an undone switch restores a submodule that another one replaced") {
    const TwoLibraries place;
    place.deploy();
    const auto before = WithSubmodules::files_below(place.directory);
    place.pin({{"x", "deep/er/r"}, {"y", "p"}});
    const auto checkout = place.opened();
    const auto head = must(checkout->fetch(no_progress, std::nullopt));
    must(checkout->fetch_submodules(head, no_progress));
    must(checkout->check_switch(head));
    const auto packed = place.directory / ".git/modules/y";
    fs::rename(packed, place.temporary.path / "away");
    CHECK_FALSE(checkout->switch_to(head));
    fs::rename(place.temporary.path / "away", packed);
    CHECK(must(place.opened()->undo_switch(place.first)));
    CHECK(WithSubmodules::files_below(place.directory) == before);
    place.check_has("p", "x");
    place.check_has("q", "y");
    CHECK(place.git({"status", "--porcelain"}) == "");
}

TEST_CASE("a copy of a checkout writes to its own submodules") {
    const TwoLibraries place;
    place.deploy();
    const auto copy = place.temporary.path / "copy";
    must_run({"cp", "-a", place.directory.string(), copy.string()});
    const auto original = WithSubmodules::files_below(place.directory);
    place.pin({{"x", "p"}, {"y", "deep/er/r"}});
    const auto checkout = git::repository(copy, main_branch, place.access());
    must(checkout->open());
    const auto head = must(checkout->fetch(no_progress, std::nullopt));
    must(checkout->fetch_submodules(head, no_progress));
    must(checkout->switch_to(head));
    CHECK(content_of(copy / "deep/er/r/only-y") == "y\n");
    CHECK(run_git(copy / "p", {"rev-parse", "--absolute-git-dir"})
              .starts_with((copy / ".git").string()));
    CHECK(WithSubmodules::files_below(place.directory) == original);
    place.check_has("p", "x");
    place.check_has("q", "y");
}

TEST_CASE("stale lock files in a submodule's repository do not block a deployment") {
    const TwoLibraries place;
    const bool by_git = GENERATE(false, true);
    if (by_git) place.made_by_git();
    place.deploy();
    const auto module = place.directory / ".git/modules/x";
    const auto files = by_git ? module : module / "worktrees/inhaul";
    for (const auto& lock : {module / "config.lock", files / "index.lock", files / "HEAD.lock"})
        write_file(lock, "");
    write_file(place.directory / ".git/inhaul.working", "");  // as after a killed worker
    write_file(place.directory / "p/only-x", "looks are to be saved\n");
    (void)place.x.publish("only-x", "x\n");
    place.pin({{"y", "p"}});
    const auto head = place.deploy();
    CHECK(must(place.opened()->compare(head)).head_is_target);
    place.pin({{"x", "p"}});
    place.deploy();
    CHECK(debris(place.directory).empty());
    place.check_has("p", "x");
}

TEST_CASE("obstacles in a submodule are found before the switch") {
    const TwoLibraries place;
    place.deploy();
    (void)place.x.publish("src/deep/name", "x\n\n");
    place.pin({{"x", "p"}, {"y", "q"}});
    const auto before = snapshot(place.directory);
    const auto checkout = place.opened();
    const auto head = must(checkout->fetch(no_progress, std::nullopt));
    must(checkout->fetch_submodules(head, no_progress));
    must_run({"chattr", "+i", (place.directory / "p/src/deep").string()});
    const auto error = error_of(checkout->check_switch(head));
    must_run({"chattr", "-i", (place.directory / "p/src/deep").string()});
    CHECK_THAT(error.message,
               ContainsSubstring("submodule p: ") && ContainsSubstring("p/src/deep is immutable"));
    CHECK(snapshot(place.directory) == before);
    must(checkout->check_switch(head));
}

TEST_CASE("a pinned commit that was not pushed is named, and no file changes") {
    const WithSubmodules place;
    place.deploy();
    write_file(place.upstream.laptop / "libs/one/x", "on the laptop only\n");
    run_git(place.upstream.laptop / "libs/one", {"commit", "-q", "-a", "-m", "forgotten"});
    const auto forgotten = commit_named(place.upstream.laptop / "libs/one", "HEAD");
    const auto next = place.upstream.publish("version", "next\n");
    const auto checkout = place.opened();
    must(checkout->fetch(no_progress, std::nullopt));
    const auto error = error_of(checkout->fetch_submodules(next, no_progress));
    CHECK(error.code == ErrorCode::not_found);
    CHECK_THAT(error.message, ContainsSubstring("submodule libs/one: "));
    CHECK_THAT(error.message, ContainsSubstring(forgotten.short_form()));
    CHECK_THAT(error.hint, ContainsSubstring("Push the commit to this repository."));
    place.check_is(place.a);
}

namespace {

void remove_packs(const fs::path& git_directory) {
    for (const auto& pack : fs::directory_iterator{git_directory / "objects/pack"})
        fs::remove(pack.path());
}

}  // namespace

TEST_CASE("a submodule that a user cloned is repaired, and keeps its local data") {
    [[maybe_unused]] const LibraryMayLeak here;
    const WithSubmodules place;
    run_git(place.temporary.path,
            {"-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules",
             place.upstream.bare.string(), place.directory.string()});
    const auto library = place.directory / "libs/one";
    run_git(library, {"branch", "mine"});
    const auto b = place.publish_b();
    write_file(place.directory / ".git/modules/libs/one/HEAD", "");
    CHECK(place.deploy() == b);
    place.check_is(b);
    CHECK(run_git(library, {"rev-parse", "mine"}) == place.one_1.hex());
}

TEST_CASE("a missing or damaged repository of a submodule is fetched again") {
    [[maybe_unused]] const LibraryMayLeak here;
    const WithSubmodules place;
    place.deploy();
    const auto modules = place.directory / ".git/modules";
    SECTION("missing") {
        fs::remove_all(modules);
    }
    SECTION("damaged before the next commit is fetched") {
        remove_packs(modules / "libs/one");
        const auto b = place.publish_b();
        CHECK(place.deploy() == b);
        CHECK(fs::exists(modules / "libs/one/inhaul-damaged"));
    }
    SECTION("damaged before its files are written again") {
        remove_packs(modules / "libs/one/modules/deep");
        write_file(place.directory / "libs/one/deep/d", "mine\n");
        place.deploy();
        CHECK(fs::exists(modules / "libs/one/modules/deep/inhaul-damaged"));
        CHECK_FALSE(fs::exists(modules / "libs/one/inhaul-damaged"));
    }
    const auto head = place.deploy();
    place.check_is(head);
}

TEST_CASE("recreating the app's repository keeps those of its submodules") {
    [[maybe_unused]] const LibraryMayLeak here;
    const WithSubmodules place;
    place.deploy();
    fs::remove(place.directory / ".git/config");
    for (const auto& object : fs::recursive_directory_iterator{place.directory / ".git/objects"})
        if (object.is_regular_file()) fs::remove(object.path());
    fs::remove_all(place.one.bare);
    fs::remove_all(place.deep.bare);
    CHECK(place.deploy() == place.a);
    CHECK(fs::exists(place.directory / ".git/inhaul-damaged"));
    CHECK(must(place.opened()->compare(place.a)).tree_is_target);
    CHECK(content(place, "libs/one/deep/d") == "a\n");
}

TEST_CASE("the first deployment of releases writes submodules, the next one shares their files") {
    const WithSubmodules place;
    const auto opened = [&] {
        auto made = git::releases(place.directory, main_branch, place.access(), {.keep = 2});
        must(made->open());
        return made;
    };
    const auto deploy = [&] {
        const auto made = opened();
        auto head = must(made->fetch(no_progress, std::nullopt));
        must(made->fetch_submodules(head, no_progress));
        must(made->switch_to(head));
        (void)must(made->prune({head}, place.temporary.path / "patches"));
        return head;
    };
    deploy();
    const auto live = place.directory / "current/libs/one";
    CHECK(content_of(live / "x") == "1\n");
    CHECK(content_of(live / "deep/d") == "a\n");
    const auto b = place.publish_b();
    CHECK(deploy() == b);
    const auto before = opened()->place_of(place.a) / "libs/one";
    CHECK(content_of(before / "deep/d") == "a\n");
    CHECK(content_of(live / "deep/d") == "b\n");
    CHECK(must(opened()->compare(b)).tree_is_target);
    CHECK(run_git(live, {"status", "--porcelain"}) == "");
    CHECK(fs::hard_link_count(live / ".gitmodules") > 1);
    // A third release; the first is removed with all of its git metadata.
    const auto c = place.upstream.publish("version", "c\n");
    CHECK(deploy() == c);
    CHECK(fs::hard_link_count(live / "x") > 1);
    CHECK_FALSE(fs::exists(before));
    for (const auto* const module : {"libs/one", "libs/one/modules/deep"}) {
        std::set<std::string> worktrees;
        for (const auto& entry :
             fs::directory_iterator{place.directory / "repo.git/modules" / module / "worktrees"})
            worktrees.insert(entry.path().filename().string());
        CHECK(worktrees == std::set<std::string>{b.hex(), c.hex()});
    }
}

TEST_CASE("without a rule for their URLs submodules stay as they are") {
    const WithSubmodules place;
    const auto checkout = place.repository();
    must(checkout->open());
    must(checkout->fetch(no_progress, std::nullopt));
    must(checkout->fetch_submodules(place.a, no_progress));
    must(checkout->switch_to(place.a));
    CHECK(must(checkout->compare(place.a)).tree_is_target);
    CHECK(fs::is_empty(place.directory / "libs/one"));
}

TEST_CASE("endlessly nested submodules are refused") {
    const WithSubmodules place;
    // one.git contains itself at deep. Each commit pins the previous one, so the depth is finite,
    // but twelve levels are more than inhaul follows.
    for (int i = 0; i < 12; ++i) {
        run_git(place.one.laptop / "deep", {"fetch", "-q", place.one.bare.string(), "main"});
        run_git(place.one.laptop / "deep", {"checkout", "-q", "--detach", "FETCH_HEAD"});
        place.one.write(".gitmodules", "[submodule \"deep\"]\n path = deep\n url = " +
                                           place.one.bare.string() + "\n");
        (void)place.one.publish("x", std::to_string(i) + "\n");
    }
    WithSubmodules::take_newest(place.upstream, "libs/one");
    const auto next = place.upstream.publish("version", "next\n");
    const auto checkout = place.opened();
    must(checkout->fetch(no_progress, std::nullopt));
    const auto error = error_of(checkout->fetch_submodules(next, no_progress));
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, ContainsSubstring("deeper than 10"));
}
