// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// A user's part of a repository: configuration, remotes, and refs except inhaul's.
std::map<std::string, std::string> persons_own(const Place& place) {
    std::map<std::string, std::string> found;
    found["config"] = content_of(place.directory / ".git" / "config");
    found["FETCH_HEAD"] = content_of(place.directory / ".git" / "FETCH_HEAD");
    found["HEAD"] = content_of(place.directory / ".git" / "HEAD");
    found["refs"] = place.git({"for-each-ref", "refs/heads", "refs/remotes", "refs/tags"});
    return found;
}

}  // namespace

TEST_CASE("the head of the branch is fetched, by path and by file URL") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    auto access = place.access();
    access.url = GENERATE(as<std::string>{}, "", "file://") + access.url;
    const auto checkout = git::repository(place.directory, main_branch, access);
    must(checkout->open());
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == one);
    CHECK(place.git({"rev-parse", "refs/inhaul/main"}) == one.hex());
    CHECK(must(git::remote_head(access, main_branch)) == one);
    // Fetching moves no branch.
    CHECK_FALSE(must(checkout->head()));
    CHECK(snapshot(place.directory).empty());
}

TEST_CASE("only the configured branch is fetched, and no tag") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    run_git(place.upstream.laptop, {"tag", "-a", "-m", "v1", "v1"});
    run_git(place.upstream.laptop, {"push", "-q", "--tags"});
    run_git(place.upstream.laptop, {"checkout", "-q", "-b", "other"});
    (void)place.upstream.publish("b", "2\n", "other");
    const auto checkout = place.opened();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == one);
    CHECK(place.git({"for-each-ref", "--format=%(refname)"}) ==
          "refs/inhaul/main\nrefs/remotes/origin/main");
    CHECK_FALSE(fs::exists(place.directory / ".git" / "FETCH_HEAD"));
}

TEST_CASE("a branch with a slash in its name is fetched and switched to") {
    const Place place;
    const auto branch = BranchName::parse("release/1.x").value();
    const auto one = place.upstream.publish("a", "1\n", branch.text());
    const auto checkout = git::repository(place.directory, branch, place.access());
    must(checkout->open());
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == one);
    must(checkout->switch_to(one));
    CHECK(place.git({"symbolic-ref", "HEAD"}) == "refs/heads/release/1.x");
    CHECK(place.git({"rev-parse", "HEAD"}) == one.hex());
}

TEST_CASE("progress counts up to the total") {
    const Place place;
    for (int i = 0; i < 20; ++i)
        (void)place.upstream.publish("file" + std::to_string(i), std::to_string(i));
    const auto checkout = place.opened();
    git::Progress last;
    bool grows = true;
    (void)must(checkout->fetch(
        [&](const git::Progress& now) {
            grows = grows && now.objects_received >= last.objects_received;
            last = now;
        },
        std::nullopt));
    CHECK(grows);
    CHECK(std::to_string(last.objects_total) ==
          run_git(place.upstream.bare, {"rev-list", "--objects", "--count", "main"}));
    CHECK(last.objects_received == last.objects_total);
    CHECK(last.bytes_received > 0);
}

TEST_CASE("a missing branch is not found, and the error has a hint") {
    const Place place;
    (void)place.upstream.publish("a", "1\n", "other");
    for (const auto& error : {error_of(place.opened()->fetch(no_progress, std::nullopt)),
                              error_of(git::remote_head(place.access(), main_branch))}) {
        CHECK(error.code == ErrorCode::not_found);
        CHECK_THAT(error.message, ContainsSubstring("main"));
        CHECK_FALSE(error.hint.empty());
    }
}

TEST_CASE("an empty repository has its own error message") {
    const Place place;
    for (const auto& error : {error_of(place.opened()->fetch(no_progress, std::nullopt)),
                              error_of(git::remote_head(place.access(), main_branch))}) {
        CHECK(error.code == ErrorCode::not_found);
        CHECK_THAT(error.message, ContainsSubstring("empty"));
        CHECK_FALSE(error.hint.empty());
    }
}

TEST_CASE("a repository that does not exist is an error that names it") {
    const Place place;
    const git::Access access{.url = (place.temporary.path / "nothing.git").string()};
    const auto error = error_of(git::remote_head(access, main_branch));
    CHECK_THAT(error.message, ContainsSubstring("nothing.git"));
    INFO(error.message);
    CHECK(error.code == ErrorCode::not_found);
    CHECK_FALSE(error.transient);
}

TEST_CASE("a path that looks like a reason decides nothing") {
    const Place place;
    for (const auto* name :
         {"No space left on device", "Permission denied", "Operation not permitted",
          "corrupted loose reference", "failed to parse config file"}) {
        CAPTURE(name);
        auto access = place.access();
        access.url = (place.temporary.path / name / "app.git").string();
        const auto error = error_of(git::remote_head(access, main_branch));
        CHECK(error.code == ErrorCode::not_found);
        CHECK(error.reason == ErrorReason::none);
    }
}

TEST_CASE("a rewritten branch is followed, and the old commit stays in the repository") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    const auto two = place.upstream.publish("a", "2\n");
    const auto checkout = place.opened();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == two);
    run_git(place.upstream.laptop, {"reset", "-q", "--hard", "HEAD^"});
    const auto other = place.upstream.publish("a", "3\n");
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == other);
    CHECK(must(checkout->has(two)));
    CHECK(must(checkout->related(two, other)));
    // Back again, which needs no object.
    run_git(place.upstream.laptop, {"reset", "-q", "--hard", two.hex()});
    place.upstream.push();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == two);
    CHECK(place.git({"rev-parse", "refs/inhaul/main"}) == two.hex());
}

TEST_CASE("a deleted branch is not found until it exists again") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    run_git(place.upstream.bare, {"symbolic-ref", "HEAD", "refs/heads/keep"});
    run_git(place.upstream.laptop, {"push", "-q", "origin", "HEAD:refs/heads/keep"});
    const auto checkout = place.opened();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == one);
    run_git(place.upstream.laptop, {"push", "-q", "origin", ":refs/heads/main"});
    CHECK(error_of(checkout->fetch(no_progress, std::nullopt)).code == ErrorCode::not_found);
    const auto two = place.upstream.publish("a", "2\n");
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == two);
}

TEST_CASE("an unrelated new history is fetched") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    const auto checkout = place.opened();
    (void)must(checkout->fetch(no_progress, std::nullopt));
    run_git(place.upstream.laptop, {"checkout", "-q", "--orphan", "new"});
    const auto unrelated = place.upstream.publish("a", "2\n");
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == unrelated);
    CHECK_FALSE(must(checkout->related(one, unrelated)));
    CHECK(must(checkout->related(one, one)));
}

TEST_CASE("a checkout made by git keeps its configuration, remotes and refs") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    run_git(place.temporary.path,
            {"clone", "-q", place.upstream.bare.string(), place.directory.string()});
    place.git({"remote", "add", "mine", "https://example.org/mine.git"});
    place.git({"config", "core.autocrlf", "false"});
    place.git({"tag", "here"});
    place.git({"branch", "experiment"});
    place.git({"fetch", "-q"});
    const auto before = persons_own(place);
    const auto two = place.upstream.publish("a", "2\n");
    const auto checkout = place.opened();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == two);
    auto own = persons_own(place);
    CHECK(own["config"] == before.at("config"));
    must(checkout->switch_to(two));
    auto after = persons_own(place);
    CHECK(after["config"] == before.at("config"));
    CHECK(after["HEAD"] == before.at("HEAD"));
    // The remote-tracking branch follows a fetch from the same remote.
    CHECK(place.git({"rev-parse", "refs/remotes/origin/main"}) == two.hex());
    CHECK(place.git({"status", "-sb"}) == "## main...origin/main");
    CHECK(place.git({"rev-parse", "experiment"}) == place.git({"rev-parse", "here"}));
    CHECK(place.git({"rev-parse", "HEAD"}) == two.hex());
    // The user's git works as before.
    place.git({"fetch", "-q"});
    CHECK(place.git({"status", "-sb"}) == "## main...origin/main");
}

TEST_CASE("a shallow clone is refused with the command that completes it") {
    const Place place;
    (void)place.upstream.publish("a", "1\n");
    (void)place.upstream.publish("a", "2\n");
    run_git(place.temporary.path,
            {"clone", "-q", "--depth=1", "file://" + place.upstream.bare.string(),
             place.directory.string()});
    const auto error = error_of(place.repository()->open());
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, ContainsSubstring("shallow"));
    CHECK_THAT(error.hint, ContainsSubstring("--unshallow"));
    place.git({"fetch", "-q", "--unshallow"});
    (void)place.opened();
}

TEST_CASE("insteadOf and remotes of the repository do not redirect the fetch") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    const Upstream wrong{place.temporary.path, "wrong.git"};
    (void)wrong.publish("b", "2\n");
    run_git(place.temporary.path, {"init", "-q", place.directory.string()});
    place.git({"config", "remote.origin.url", wrong.bare.string()});
    place.git(
        {"config", "url." + wrong.bare.string() + ".insteadOf", place.upstream.bare.string()});
    const auto config = content_of(place.directory / ".git" / "config");
    const auto checkout = place.opened();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == one);
    CHECK(content_of(place.directory / ".git" / "config") == config);
}

TEST_CASE("an empty repository that a user made gets no remote") {
    const Place place;
    run_git(place.temporary.path, {"init", "-q", place.directory.string()});
    const auto config = content_of(place.directory / ".git" / "config");
    (void)place.opened();
    CHECK(content_of(place.directory / ".git" / "config") == config);
}

TEST_CASE("a branch may have the name of an internal ref") {
    const Place place;
    const auto branch =
        BranchName::parse(GENERATE(as<std::string>{}, "live", "switching", "saved/x")).value();
    const auto one = place.upstream.publish("a", "1\n", branch.text());
    const auto checkout = git::repository(place.directory, branch, place.access());
    must(checkout->open());
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == one);
    must(checkout->switch_to(one));
    const auto two = place.upstream.publish("a", "2\n", branch.text());
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == two);
    CHECK(place.git({"rev-parse", "HEAD"}) == one.hex());
    CHECK(place.git({"rev-parse", "refs/inhaul/" + branch.text()}) == two.hex());
}

TEST_CASE("only a full or abbreviated commit ID is resolved") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    const auto checkout = place.opened();
    (void)must(checkout->fetch(no_progress, std::nullopt));
    CHECK(must(checkout->resolve(one.hex())) == one);
    CHECK(must(checkout->resolve(one.short_form())) == one);
    const auto tree = run_git(place.upstream.laptop, {"rev-parse", "HEAD^{tree}"});
    CHECK(error_of(checkout->resolve(tree)).code == ErrorCode::not_found);
    CHECK(error_of(checkout->resolve(std::string(40, '0'))).code == ErrorCode::not_found);
    CHECK(error_of(checkout->resolve("HEAD")).code == ErrorCode::usage);
    CHECK(error_of(checkout->resolve("")).code == ErrorCode::usage);
}

TEST_CASE("a commit's summary is its author, first line and time") {
    const Place place;
    place.upstream.write("a", "1\n");
    const auto one = place.upstream.commit("the first line\n\nmore words");
    place.upstream.push();
    const auto checkout = place.opened();
    (void)must(checkout->fetch(no_progress, std::nullopt));
    const auto summary = must(checkout->summary(one));
    CHECK(summary.author == "Ada");
    CHECK(summary.subject == "the first line");
    CHECK(format_utc(summary.committed) == "2026-03-01T09:30:00Z");
}

TEST_CASE("two commits with the same files have the same tree") {
    const Place place;
    const auto one = place.upstream.publish("a", "1\n");
    const auto same = place.upstream.commit("nothing changed");
    const auto other = place.upstream.publish("a", "2\n");
    const auto checkout = place.opened();
    (void)must(checkout->fetch(no_progress, std::nullopt));
    CHECK(must(checkout->same_tree(one, same)));
    CHECK_FALSE(must(checkout->same_tree(one, other)));
    CHECK_FALSE(must(checkout->same_tree(CommitId::parse(std::string(40, '1')).value(), one)));
}

TEST_CASE("a fetch is complete") {
    const Place place;
    const auto one = place.upstream.publish("a/b/c", "1\n");
    (void)place.deploy();
    CHECK(run_git(place.directory, {"fsck", "--strict", "--full"}).find("missing") ==
          std::string::npos);
    const std::vector<std::string> count{"rev-list", "--objects", "--count", one.hex()};
    CHECK(place.git(count) == run_git(place.upstream.bare, count));
}
