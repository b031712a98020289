// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

struct Renamed : Place {
    [[nodiscard]] std::unique_ptr<git::Repository> of_branch(const std::string& name) const {
        const auto branch = BranchName::parse(name).value();
        auto made = releases ? git::releases(directory, branch, access(), {})
                             : git::repository(directory, branch, access());
        must(made->open());
        return made;
    }
    /// Removes the branches of the remote below `release`.
    void remove_branches() const {
        for (const auto* const refs :
             {"app.git/refs/heads", "app.git-laptop/.git/refs/remotes/origin"})
            fs::remove_all(temporary.path / refs / "release");
    }
    /// Publishes a commit on a branch, which replaces all others, and deploys it.
    CommitId deploy(const std::string& name, const std::string& content) const {
        remove_branches();
        const auto commit = upstream.publish("a", content, name);
        const auto made = of_branch(name);
        CHECK(must(made->fetch(no_progress, std::nullopt)) == commit);
        must(made->switch_to(commit));
        CHECK(must(made->head()) == commit);
        const auto comparison = must(made->compare(commit));
        CHECK(comparison.head_is_target);
        CHECK(comparison.tree_is_target);
        return commit;
    }
    [[nodiscard]] fs::path git_directory() const {
        return directory / (releases ? "repo.git" : ".git");
    }
    [[nodiscard]] std::string in_repository(const std::vector<std::string>& words) const {
        return run_git(git_directory(), words);
    }
    [[nodiscard]] std::string refs(const std::string& below) const {
        return in_repository({"for-each-ref", "--format=%(refname) %(objectname)", below});
    }

    bool releases = false;
};

}  // namespace

TEST_CASE("a branch with a name below that of the earlier branch, or above it, is deployed") {
    Renamed place;
    place.releases = GENERATE(false, true);
    const bool down = GENERATE(true, false);
    const bool packed = GENERATE(false, true);
    CAPTURE(place.releases, down, packed);
    const std::string before = down ? "release" : "release/v2";
    const std::string after = down ? "release/v2" : "release";
    const auto one = place.deploy(before, "1\n");
    if (packed) (void)place.in_repository({"pack-refs", "--all"});
    if (!place.releases) {
        // The local branch may be a user's: the hint has the command that renames it.
        place.remove_branches();
        const auto two = place.upstream.publish("a", "1.5\n", after);
        const auto made = place.of_branch(after);
        CHECK(must(made->fetch(no_progress, std::nullopt)) == two);
        const auto error = error_of(made->check_switch(two));
        CHECK_THAT(error.message, ContainsSubstring("the local branch " + before + " conflicts"));
        CHECK_THAT(error.hint, ContainsSubstring("branch -m " + before + " OTHER"));
        place.git({"branch", "-m", before, "before"});
    }
    const auto two = place.deploy(after, "2\n");
    CHECK(place.refs("refs/inhaul") == "refs/inhaul/" + after + " " + two.hex());
    CHECK(place.refs("refs/inhaul-live") == "refs/inhaul-live " + two.hex());
    CHECK(place.refs("refs/inhaul-saved").empty());
    if (!place.releases) {
        CHECK(place.refs("refs/heads/before") == "refs/heads/before " + one.hex());
        CHECK(place.git({"status", "--porcelain"}).empty());
    }
}

TEST_CASE("only the refs that conflict are removed") {
    Renamed place;
    place.releases = true;
    const auto one = place.deploy("release", "1\n");
    for (const auto* const ref : {"refs/inhaul/release-notes", "refs/inhaul/rel", "refs/inhaul/x",
                                  "refs/inhaul-saved/release", "refs/tags/release"})
        (void)place.in_repository({"update-ref", ref, one.hex()});
    const auto before = place.refs("refs");
    const auto two = place.deploy("release/v2/next", "2\n");
    auto expected = before;
    const auto replace = [&](const std::string& old, const std::string& now) {
        REQUIRE(expected.find(old) != std::string::npos);
        expected.replace(expected.find(old), old.size(), now);
    };
    replace("refs/inhaul/release " + one.hex() + "\n", "");
    replace("refs/inhaul/x", "refs/inhaul/release/v2/next " + two.hex() + "\nrefs/inhaul/x");
    replace("refs/inhaul-live " + one.hex(), "refs/inhaul-live " + two.hex());
    CHECK(place.refs("refs") == expected);
}

TEST_CASE("the branch `saved` does not collide with saved commits") {
    const Renamed place;
    (void)place.deploy("saved", "1\n");
    const auto commit_locally = [&](const std::string& name) {
        write_file(place.directory / name, "mine\n");
        place.git({"add", name});
        place.git({"commit", "-q", "-m", name});
        return commit_named(place.directory, "HEAD");
    };
    SECTION("of this build") {
        const auto mine = commit_locally("mine");
        const auto two = place.upstream.publish("a", "2\n", "saved");
        const auto made = place.of_branch("saved");
        CHECK(must(made->fetch(no_progress, std::nullopt)) == two);
        CHECK(must(made->save_local_edits(two, place.patches)).size() == 1);
        must(made->switch_to(two));
        CHECK(place.refs("refs/inhaul-saved") ==
              "refs/inhaul-saved/" + mine.short_form() + " " + mine.hex());
    }
    SECTION("of an earlier build") {
        const auto mine = commit_locally("mine");
        place.git({"reset", "-q", "--hard", "HEAD^"});
        const auto other = commit_locally("other");
        place.git({"reset", "-q", "--hard", "HEAD^"});
        place.git({"update-ref", "-d", "refs/inhaul/saved"});
        place.git({"update-ref", "refs/inhaul/saved/" + mine.short_form(), mine.hex()});
        place.git({"update-ref", "refs/inhaul/saved/" + other.short_form(), other.hex()});
        // Another commit may have that name.
        place.git({"update-ref", "refs/inhaul-saved/" + other.short_form(), mine.hex()});
        (void)place.deploy("saved", "2\n");
        CHECK(place.git({"rev-parse", "refs/inhaul-saved/" + mine.short_form()}) == mine.hex());
        CHECK(place.git({"rev-parse", "refs/inhaul-saved/" + other.hex()}) == other.hex());
    }
}

TEST_CASE("commits that an earlier build saved stay, and count as local") {
    const Renamed place;
    (void)place.deploy("main", "1\n");
    write_file(place.directory / "mine", "mine\n");
    place.git({"add", "mine"});
    place.git({"commit", "-q", "-m", "mine"});
    const auto mine = commit_named(place.directory, "HEAD");
    place.git({"update-ref", "refs/inhaul/saved/" + mine.short_form(), mine.hex()});
    const auto two = place.upstream.publish("a", "2\n");
    const auto made = place.of_branch("main");
    must(made->fetch(no_progress, std::nullopt));
    // That ref contains it: no second one is needed.
    CHECK(must(made->save_local_edits(two, place.patches)).empty());
    must(made->switch_to(two));
    CHECK_FALSE(must(made->is_fetched(mine)));
    CHECK(place.git({"rev-parse", "refs/inhaul/saved/" + mine.short_form()}) == mine.hex());
}

TEST_CASE("empty directories with the name of a ref are no obstacle") {
    Renamed place;
    place.releases = GENERATE(false, true);
    (void)place.deploy("main", "1\n");
    fs::create_directories(place.git_directory() / "refs/inhaul/release/a/b");
    fs::create_directories(place.git_directory() / "refs/heads/release/a/b");
    fs::create_directories(place.git_directory() / "refs/inhaul-saved/a");
    (void)place.deploy("release", "2\n");
}
