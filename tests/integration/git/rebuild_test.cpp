// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

struct Damage {
    const char* name;
    std::function<void(const fs::path& git_directory)> make;
};

void for_each_pack_file(const fs::path& git_directory, const std::string& extension,
                        const std::function<void(const fs::path&)>& action) {
    for (const auto& entry : fs::directory_iterator{git_directory / "objects" / "pack"}) {
        if (entry.path().extension() != extension) continue;
        fs::permissions(entry.path(), fs::perms{0644});
        action(entry.path());
    }
}

const std::vector<Damage> damages{
    {"a pack with wrong bytes",
     [](const auto& at) {
         for_each_pack_file(at, ".pack", [](const fs::path& pack) {
             auto content = content_of(pack);
             for (std::size_t i = 20; i + 20 < content.size(); i += 3)
                 content[i] = static_cast<char>(content[i] ^ 0x5a);
             write_file(pack, content);
         });
     }},
    {"a pack that is truncated",
     [](const auto& at) {
         for_each_pack_file(at, ".pack", [](const fs::path& pack) { fs::resize_file(pack, 40); });
     }},
    {"an empty index of a pack",
     [](const auto& at) {
         for_each_pack_file(at, ".idx", [](const fs::path& index) { fs::resize_file(index, 0); });
     }},
    {"no packs", [](const auto& at) { fs::remove_all(at / "objects" / "pack"); }},
    {"no objects at all", [](const auto& at) { fs::remove_all(at / "objects"); }},
    {"an empty HEAD", [](const auto& at) { write_file(at / "HEAD", ""); }},
    {"a branch that is garbage",
     [](const auto& at) { write_file(at / "refs/heads/main", "garbage\n"); }},
    {"an invalid configuration", [](const auto& at) { write_file(at / "config", "[none\n"); }},
};

/// A deployed app with a user's data in it.
struct Deployed : Place {
    Deployed() {
        upstream.write("dir/kept", "kept\n");
        one = upstream.publish("a", "1\n");
        deploy();
        git({"branch", "mine"});
        write_file(directory / ".git/hooks/post-merge", "#!/bin/sh\n");
        write_file(directory / ".env", "mine\n");
        two = upstream.publish("a", "2\n");
    }
    /// Deploys as the deployer does. Returns the lines about saved edits.
    std::vector<std::string> update() const {
        [[maybe_unused]] const LibraryMayLeak here;
        const auto checkout = opened();
        const auto head = must(checkout->fetch(no_progress, std::nullopt));
        (void)must(checkout->compare(head));
        auto saved = must(checkout->save_local_edits(head, patches));
        must(checkout->switch_to(head));
        return saved;
    }
    void check_is_at(const CommitId& commit) const {
        CHECK(git({"rev-parse", "HEAD"}) == commit.hex());
        CHECK(tracked_changes(directory) == "");
        CHECK(git({"fsck", "--strict"}).find("missing") == std::string::npos);
        CHECK(content_of(directory / ".env") == "mine\n");
        CHECK_FALSE(fs::exists(directory / ".git.inhaul"));
    }

    CommitId one = CommitId::parse(std::string(40, '0')).value();
    CommitId two = one;
};

}  // namespace

TEST_CASE("a damaged repository is recreated, and no local data is lost") {
    for (const auto& damage : damages) {
        DYNAMIC_SECTION(damage.name) {
            const Deployed place;
            damage.make(place.directory / ".git");
            CHECK(place.update().empty());
            place.check_is_at(place.two);
            const auto kept = place.directory / ".git/inhaul-damaged";
            CHECK(fs::exists(kept / "refs/heads/mine"));
            CHECK(fs::exists(place.directory / ".git/hooks/post-merge"));
            CHECK(place.git({"config", "remote.origin.url"}) == place.upstream.bare.string());
        }
    }
}

TEST_CASE("local data in a repository survives repeated repairs") {
    Deployed place;
    write_file(place.directory / "a", "stashed first\n");
    place.git({"stash", "-q"});
    write_file(place.directory / "a", "stashed second\n");
    place.git({"stash", "-q"});
    place.git({"tag", "-a", "-m", "mine", "v1", "mine"});
    place.git({"checkout", "-q", "-b", "work"});
    write_file(place.directory / "dir/new", "committed here alone\n");
    place.git({"add", "dir/new"});
    place.git({"commit", "-q", "-m", "local"});
    const auto local = place.git({"rev-parse", "HEAD"});
    place.git({"checkout", "-q", "main"});
    place.git({"pack-refs", "--all"});
    for (int repair = 1; repair <= 4; ++repair) {
        CAPTURE(repair);
        write_file(place.directory / ".git/refs/inhaul/main", "");
        place.two = place.upstream.publish("a", std::to_string(repair) + "\n");
        CHECK(place.update().empty());
        place.check_is_at(place.two);
        CHECK(place.git({"show", "stash@{0}:a"}) == "stashed second");
        CHECK(place.git({"show", "stash@{1}:a"}) == "stashed first");
        CHECK(place.git({"rev-parse", "mine"}) == place.one.hex());
        CHECK(place.git({"rev-parse", "v1^{commit}"}) == place.one.hex());
        CHECK(place.git({"rev-parse", "work"}) == local);
        CHECK(place.git({"show", "work:dir/new"}) == "committed here alone");
    }
    // Everything was copied, so the oldest damaged copies are removed.
    std::size_t copies = 0;
    for (const auto& entry : fs::directory_iterator{place.directory / ".git"})
        if (entry.path().filename().string().starts_with("inhaul-damaged")) ++copies;
    CHECK(copies == 2);
}

TEST_CASE("unreachable objects survive repeated repairs") {
    Deployed place;
    const auto hash = [&](const std::string& content) {
        write_file(place.directory / ".env", content);
        auto id = place.git({"hash-object", "-w", ".env"});
        write_file(place.directory / ".env", "mine\n");
        return id;
    };
    write_file(place.directory / "a", "stashed\n");
    place.git({"stash", "-q"});
    const auto dropped = place.git({"rev-parse", "stash@{0}"});
    place.git({"stash", "drop", "-q"});
    const auto staged = hash("staged once\n");
    const auto tagged = hash("tagged\n");
    place.git({"tag", "content", tagged});
    place.git({"worktree", "add", "-q", "--detach", "../other"});
    const auto other = place.temporary.path / "other";
    write_file(other / "dir/new", "of a worktree\n");
    run_git(other, {"add", "dir/new"});
    run_git(other, {"commit", "-q", "-m", "of a worktree"});
    const auto apart = run_git(other, {"rev-parse", "HEAD"});
    run_git(other, {"checkout", "-q", "HEAD~1"});
    fs::create_directories(place.directory / ".git/lfs/objects/ab");
    write_file(place.directory / ".git/lfs/objects/ab/abc", "large\n");
    for (int repair = 1; repair <= 5; ++repair) {
        CAPTURE(repair);
        if (repair == 3) place.git({"repack", "-q", "-a", "-d", "-k"});
        write_file(place.directory / ".git/refs/inhaul/main", "");
        place.two = place.upstream.publish("a", std::to_string(repair) + "\n");
        CHECK(place.update().empty());
        place.check_is_at(place.two);
        for (const auto& id : {dropped, staged, tagged, apart}) {
            CAPTURE(id);
            CHECK(try_git(place.directory, {"cat-file", "-e", id}).status.success());
        }
        CHECK(run_git(other, {"show", "HEAD@{1}:dir/new"}) == "of a worktree");
        CHECK(content_of(place.directory / ".git/lfs/objects/ab/abc") == "large\n");
    }
}

TEST_CASE("a copy with an unfinished operation or a damaged configuration stays") {
    Deployed place;
    const auto file = GENERATE(as<std::string>{}, "config", "BISECT_LOG", "rebase-merge/done");
    CAPTURE(file);
    fs::create_directories((place.directory / ".git" / file).parent_path());
    write_file(place.directory / ".git" / file, "[precious\n");
    for (int repair = 1; repair <= 4; ++repair) {
        write_file(place.directory / ".git/refs/inhaul/main", "");
        place.two = place.upstream.publish("a", std::to_string(repair) + "\n");
        (void)place.update();
        place.check_is_at(place.two);
    }
    bool found = false;
    for (const auto& entry : fs::directory_iterator{place.directory / ".git"})
        if (entry.path().filename().string().starts_with("inhaul-damaged"))
            found = found || content_of(entry.path() / file) == "[precious\n";
    CHECK(found);
}

TEST_CASE("a copy with unique data is never removed") {
    Deployed place;
    place.git({"checkout", "-q", "-b", "work"});
    write_file(place.directory / "dir/new", "committed here alone\n");
    place.git({"add", "dir/new"});
    place.git({"commit", "-q", "-m", "local"});
    const auto local = place.git({"rev-parse", "HEAD"});
    const auto blob = place.git({"rev-parse", "HEAD:dir/new"});
    place.git({"checkout", "-q", "main"});
    const auto file = "objects/" + blob.substr(0, 2) + "/" + blob.substr(2);
    fs::permissions(place.directory / ".git" / file, fs::perms{0644});
    write_file(place.directory / ".git" / file, "");
    for (int repair = 1; repair <= 4; ++repair) {
        write_file(place.directory / ".git/refs/inhaul/main", "");
        place.two = place.upstream.publish("a", std::to_string(repair) + "\n");
        (void)place.update();
        place.check_is_at(place.two);
    }
    CHECK(content_of(place.directory / ".git/inhaul-damaged/refs/heads/work") == local + "\n");
    CHECK(place.git({"for-each-ref", "refs/heads/work"}) == "");
}

TEST_CASE("each unreadable index is kept") {
    const Deployed place;
    for (const std::string round : {"first\n", "second\n"}) {
        write_file(place.directory / ".git/index", round);
        (void)place.update();
    }
    CHECK(content_of(place.directory / ".git/index.damaged") == "first\n");
    CHECK(content_of(place.directory / ".git/index.damaged-2") == "second\n");
}

TEST_CASE("an edit in a damaged repository is saved") {
    const Deployed place;
    fs::remove_all(place.directory / ".git/objects/pack");
    write_file(place.directory / "dir/kept", "edited\n");
    const auto saved = place.update();
    REQUIRE(saved.size() == 1);
    CHECK_THAT(saved.front(), ContainsSubstring("1 edited file"));
    place.check_is_at(place.two);
}

TEST_CASE("an unreadable index is recreated without a rebuild") {
    const Deployed place;
    write_file(place.directory / ".git/index", "garbage\n");
    CHECK(place.update().empty());
    place.check_is_at(place.two);
    CHECK(fs::exists(place.directory / ".git/index.damaged"));
    CHECK_FALSE(fs::exists(place.directory / ".git/inhaul-damaged"));
}

TEST_CASE(
    "without the remote a damaged repository stays as it is, and the error names both failures") {
    const Deployed place;
    fs::remove_all(place.directory / ".git/objects/pack");
    fs::rename(place.upstream.bare, place.temporary.path / "away");
    [[maybe_unused]] const LibraryMayLeak here;
    const auto checkout = place.opened();
    const auto error = error_of(checkout->compare(place.one));
    CHECK_THAT(error.message, ContainsSubstring("recreate the repository"));
    CHECK(fs::exists(place.directory / ".git/refs/heads/mine"));
    fs::rename(place.temporary.path / "away", place.upstream.bare);
    (void)place.update();
    place.check_is_at(place.two);
}

TEST_CASE("an interrupted rebuild is completed by the next opening") {
    const Deployed place;
    const auto beside = place.directory / ".git.inhaul";
    fs::create_directory(beside);
    SECTION("before the exchange") {
        write_file(beside / "inhaul.building", "");
    }
    SECTION("after the exchange") {
        write_file(beside / "precious", "mine\n");
        write_file(place.directory / ".git/inhaul.rebuilt", "");
    }
    const bool replaced = fs::exists(beside / "precious");
    (void)place.update();
    place.check_is_at(place.two);
    CHECK(fs::exists(place.directory / ".git/inhaul-damaged/precious") == replaced);
}

TEST_CASE("files with names like libgit2's probes stay after a run died") {
    const Deployed place;
    for (const auto* const name : {"_git2_notes", "_git2_abcdef", "_git2_x"})
        write_file(place.directory / name, "");
    fs::create_symlink("testing", place.directory / "_git2_testing");
    write_file(place.directory / ".git/inhaul.working", "");
    (void)place.update();
    for (const auto* const name : {"_git2_notes", "_git2_abcdef", "_git2_x", "_git2_testing"})
        CHECK(fs::symlink_status(place.directory / name).type() != fs::file_type::not_found);
    place.check_is_at(place.two);
}

TEST_CASE("a user's files at the path of a rebuild stay as they are") {
    Deployed place;
    const auto beside = place.directory / ".git.inhaul";
    fs::create_directories(beside / "modules/lib");
    write_file(beside / "modules/lib/config", "mine\n");
    must(place.opened()->fetch(no_progress, std::nullopt));
    CHECK(content_of(beside / "modules/lib/config") == "mine\n");
    CHECK_FALSE(fs::exists(place.directory / ".git/modules"));
    // The error of a repair names the obstacle.
    fs::remove_all(place.directory / ".git/objects/pack");
    [[maybe_unused]] const LibraryMayLeak here;
    CHECK_THAT(error_of(place.opened()->compare(place.two)).message,
               ContainsSubstring(".git.inhaul"));
    CHECK(content_of(beside / "modules/lib/config") == "mine\n");
    CHECK(fs::exists(place.directory / ".git/refs/heads/mine"));
}

TEST_CASE("the bare repository of releases is recreated, and the releases stay") {
    const auto& damage = GENERATE(from_range(damages));
    CAPTURE(damage.name);
    [[maybe_unused]] const LibraryMayLeak here;
    const Place place;
    const auto deploy = [&] {
        const auto made = git::releases(place.directory, main_branch, place.access(), {});
        must(made->open());
        auto head = must(made->fetch(no_progress, std::nullopt));
        (void)must(made->compare(head));
        must(made->switch_to(head));
        CHECK(must(made->compare(head)).tree_is_target);
        return head;
    };
    place.upstream.write("dir/kept", "kept\n");
    const auto one = place.upstream.publish("a", "1\n");
    CHECK(deploy() == one);
    const auto two = place.upstream.publish("a", "2\n");
    damage.make(place.directory / "repo.git");
    CHECK(deploy() == two);
    CHECK(content_of(place.directory / "current/a") == "2\n");
    CHECK(fs::hard_link_count(place.directory / "current/dir/kept") == 2);
    run_git(place.directory / "repo.git", {"fsck", "--strict"});
    // A rollback restores the earlier state.
    const auto made = git::releases(place.directory, main_branch, place.access(), {});
    must(made->open());
    CHECK(must(made->compare(one)).tree_is_target);
    must(made->switch_to(one));
    CHECK(content_of(place.directory / "current/a") == "1\n");
    CHECK(tracked_changes(place.directory / "current/") == "");
}
