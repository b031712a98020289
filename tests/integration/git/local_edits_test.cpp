// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// A checkout at `one`; `two` is fetched and has one more file, `added`.
struct Edited : Place {
    Edited() {
        upstream.write("text", "a\nb\nc\nd\ne\nf\ng\nh\n");
        upstream.write("other", "other\n");
        upstream.write("binary", std::string("\0\1\2\3", 4));
        upstream.write("tool", "#!/bin/sh\n");
        upstream.write("sub/deep", "deep\n");
        upstream.link("link", "text");
        one = upstream.commit("one");
        upstream.push();
        deploy();
        two = upstream.publish("added", "theirs\n");
        (void)must(opened()->fetch(no_progress, std::nullopt));
    }
    void edit(const std::string& name, const std::string& content) const {
        fs::create_directories((directory / name).parent_path());
        std::ofstream{directory / name, std::ios::binary} << content;
    }
    [[nodiscard]] std::vector<std::string> save() const {
        return must(opened()->save_local_edits(two, patches));
    }
    /// Returns the files below `patches`, sorted.
    [[nodiscard]] std::vector<fs::path> saved() const {
        std::vector<fs::path> found;
        if (!fs::exists(patches)) return found;
        for (const auto& entry : fs::recursive_directory_iterator{patches})
            if (!entry.is_directory()) found.push_back(entry.path());
        std::sort(found.begin(), found.end());
        return found;
    }
    /// Checks with git that the patch on top of the old commit restores the directory.
    void check_patch_restores() const {
        const auto expected = snapshot(directory);
        (void)must_save_one_patch();
        must(opened()->switch_to(two));
        const auto elsewhere = temporary.path / "elsewhere";
        git({"worktree", "add", "-q", "--detach", elsewhere.string(), one.hex()});
        const auto applied = try_git(elsewhere, {"apply", "--binary", saved().front().string()});
        INFO(applied.output);
        REQUIRE(applied.status.success());
        auto found = snapshot(elsewhere);
        found.erase(".git");
        CHECK(found == expected);
    }
    [[nodiscard]] std::string must_save_one_patch() const {
        const auto lines = save();
        REQUIRE(lines.size() == 1);
        REQUIRE(saved().size() == 1);
        CHECK_THAT(lines.front(), ContainsSubstring(saved().front().string()));
        return lines.front();
    }

    CommitId one = CommitId::parse(std::string(40, '0')).value();
    CommitId two = one;
};

}  // namespace

TEST_CASE("nothing is saved without edits") {
    const Edited place;
    place.edit("untracked", "mine\n");
    fs::last_write_time(place.directory / "text", fs::file_time_type::clock::now());
    CHECK(place.save().empty());
    CHECK(place.saved().empty());
}

TEST_CASE("edited files are saved as a patch, readable by this account only") {
    const Edited place;
    place.edit("text", "a\nB\nc\nd\ne\nf\ng\nh\n");
    place.edit("other", "mine\n");
    fs::remove(place.directory / "sub/deep");
    const auto line = place.must_save_one_patch();
    CHECK_THAT(line, Catch::Matchers::StartsWith("saved 3 edited files as "));
    const auto file = place.saved().front();
    CHECK(file.filename().string().starts_with("edits-2"));
    CHECK(file.filename().string().ends_with(place.one.short_form() + ".patch"));
    CHECK(fs::status(file).permissions() == fs::perms{0600});
    CHECK(fs::status(place.patches).permissions() == fs::perms{0700});
    CHECK(place.git({"status", "--porcelain"}) != "");
}

TEST_CASE("the patch of an edit restores the edit") {
    const Edited place;
    SECTION("of text") {
        place.edit("text", "a\nb\nc\nd\ne\nf\ng\nh\nmine\n");
    }
    SECTION("without a final line end") {
        place.edit("text", "mine");
    }
    SECTION("of a binary file") {
        place.edit("binary", std::string("\0\0\7", 3));
    }
    SECTION("that makes text binary") {
        place.edit("text", std::string("a\0b", 3));
    }
    SECTION("to nothing") {
        place.edit("text", "");
    }
    SECTION("of the mode of a binary file") {
        fs::permissions(place.directory / "binary", fs::perms{0755});
        place.edit("other", "edited\n");
    }
    SECTION("of a mode") {
        fs::permissions(place.directory / "tool", fs::perms{0755});
    }
    SECTION("of a link") {
        fs::remove(place.directory / "link");
        fs::create_symlink("other", place.directory / "link");
    }
    SECTION("of a link to a file") {
        fs::remove(place.directory / "link");
        place.edit("link", "mine\n");
    }
    SECTION("that deletes") {
        fs::remove(place.directory / "text");
        fs::remove(place.directory / "binary");
    }
    SECTION("that is staged") {
        place.edit("text", "mine\n");
        place.git({"add", "text"});
    }
    SECTION("that is staged and new") {
        place.edit("new file", "mine\n");
        place.git({"add", "new file"});
    }
    SECTION("that is staged as deleted, of a file that is gone") {
        place.git({"rm", "-q", "text"});
    }
    SECTION("that is hidden from git by skip-worktree") {
        place.git({"update-index", "--skip-worktree", "text"});
        place.edit("text", "mine\n");
    }
    SECTION("that is hidden from git by assume-unchanged") {
        place.git({"update-index", "--assume-unchanged", "sub/deep"});
        place.edit("sub/deep", "mine\n");
    }
    SECTION("of everything at once") {
        place.edit("text", "mine\n");
        place.edit("binary", std::string(3000, '\1'));
        fs::remove(place.directory / "other");
        fs::permissions(place.directory / "tool", fs::perms{0755});
    }
    place.check_patch_restores();
}

TEST_CASE("a file that is staged and then edited again is saved in both versions") {
    const Edited place;
    place.edit("text", "staged words\n");
    place.git({"add", "text"});
    place.edit("text", "later words\n");
    CHECK(place.save().size() == 2);
    const auto files = place.saved();
    REQUIRE(files.size() == 2);
    CHECK_THAT(content_of(files[0]), ContainsSubstring("+later words"));
    CHECK_THAT(content_of(files[1]), ContainsSubstring("+staged words"));
    must(place.opened()->switch_to(place.one));
    for (const auto& file : files)
        place.git({"apply", "--check", file.string()});
}

TEST_CASE("a staged file that is no longer on disk is saved") {
    const Edited place;
    place.edit("text", "staged words\n");
    place.git({"add", "text"});
    place.edit("text", "a\nb\nc\nd\ne\nf\ng\nh\n");
    const auto lines = place.save();
    REQUIRE(lines.size() == 1);
    std::string all;
    for (const auto& file : place.saved())
        all += content_of(file);
    CHECK_THAT(all, ContainsSubstring("staged words"));
}

TEST_CASE("a file that was removed only from the index is saved when the commit overwrites it") {
    const Edited place;
    place.git({"rm", "-q", "--cached", "text"});
    place.edit("text", "precious\n");
    const auto lines = place.save();
    CHECK_FALSE(lines.empty());
    std::string all;
    for (const auto& file : place.saved())
        all += content_of(file);
    CHECK_THAT(all, ContainsSubstring("precious"));
}

TEST_CASE("an untracked file that a new one overwrites is saved, unless it is equal") {
    const Edited place;
    place.edit("added", "theirs\n");
    CHECK(place.save().empty());
    place.edit("added", "mine\n");
    const auto lines = place.save();
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines.front(), ContainsSubstring(place.patches.string()));
    REQUIRE(place.saved().size() == 1);
    CHECK_THAT(content_of(place.saved().front()), ContainsSubstring("mine"));
}

TEST_CASE("an ignored file that a new one overwrites is saved") {
    const Edited place;
    write_file(place.directory / ".git/info/exclude", "added\n");
    place.edit("added", "mine\n");
    REQUIRE(place.save().size() == 1);
    CHECK_THAT(content_of(place.saved().front()), ContainsSubstring("mine"));
}

TEST_CASE("an untracked directory that a new file replaces is saved") {
    const Edited place;
    place.edit("added/mine", "precious\n");
    place.edit("added/deeper/too", "precious too\n");
    REQUIRE(place.save().size() == 1);
    std::string all;
    for (const auto& file : place.saved())
        all += content_of(file);
    CHECK_THAT(all, ContainsSubstring("precious\n"));
    CHECK_THAT(all, ContainsSubstring("precious too\n"));
}

TEST_CASE("edits before the first commit are saved") {
    const Place place;
    (void)place.upstream.publish("a", "theirs\n");
    const auto checkout = place.opened();
    const auto head = must(checkout->fetch(no_progress, std::nullopt));
    write_file(place.directory / "a", "mine\n");
    const auto lines = must(checkout->save_local_edits(head, place.patches));
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines.front(), ContainsSubstring(place.patches.string()));
}

TEST_CASE("two runs do not overwrite each other's saved edits") {
    const Edited place;
    place.edit("text", "first\n");
    (void)place.save();
    place.edit("text", "second\n");
    (void)place.save();
    std::string all;
    for (const auto& file : place.saved())
        all += content_of(file);
    CHECK_THAT(all, ContainsSubstring("+first"));
    CHECK_THAT(all, ContainsSubstring("+second"));
}

TEST_CASE("a local commit that no other ref contains is kept under a ref") {
    const Edited place;
    place.edit("text", "mine\n");
    place.git({"commit", "-q", "-a", "-m", "mine"});
    const auto mine = commit_named(place.directory, "HEAD");
    const auto lines = place.save();
    REQUIRE(lines.size() == 1);
    const auto ref = "refs/inhaul-saved/" + mine.short_form();
    CHECK_THAT(lines.front(), ContainsSubstring(ref));
    CHECK(place.git({"rev-parse", ref}) == mine.hex());
    // A ref contains it now: no second one is needed.
    CHECK(place.save().empty());
    must(place.opened()->switch_to(place.two));
    CHECK(place.git({"cat-file", "-t", mine.hex()}) == "commit");
}

TEST_CASE("a commit of a remote branch needs no additional ref") {
    const Edited place;
    place.edit("text", "mine\n");
    place.git({"commit", "-q", "-a", "-m", "mine"});
    place.git({"update-ref", "refs/remotes/mine/topic", "HEAD"});
    CHECK(place.save().empty());
}

TEST_CASE("commits of a branch that will move are kept, even if it is not checked out") {
    const Edited place;
    place.edit("text", "mine\n");
    place.git({"commit", "-q", "-a", "-m", "mine"});
    const auto mine = commit_named(place.directory, "HEAD");
    place.git({"checkout", "-q", "--detach", place.one.hex()});
    const auto lines = place.save();
    REQUIRE(lines.size() == 1);
    CHECK(place.git({"rev-parse", "refs/inhaul-saved/" + mine.short_form()}) == mine.hex());
}

TEST_CASE("a commit that was deployed before a rewrite does not count as local") {
    const Edited place;
    must(place.opened()->switch_to(place.two));
    run_git(place.upstream.laptop, {"reset", "-q", "--hard", place.one.hex()});
    const auto rewritten = place.upstream.publish("text", "rewritten\n");
    const auto checkout = place.opened();
    CHECK(must(checkout->fetch(no_progress, std::nullopt)) == rewritten);
    CHECK(must(checkout->save_local_edits(rewritten, place.patches)).empty());
}

namespace {

/// Returns everything that was saved, in patches and copies.
std::string everything(const Edited& place) {
    std::string all;
    for (const auto& file : place.saved())
        all += fs::is_symlink(file) ? fs::read_symlink(file).string() : content_of(file);
    return all;
}

/// A checkout at a commit with all kinds of attributes.
struct WithAttributes : Edited {
    explicit WithAttributes(const std::string& attributes) {
        upstream.write(".gitattributes", attributes);
        upstream.write("empty", "");
        one = upstream.publish("text", "a\nb\n");
        deploy();
        two = upstream.publish("added", "later\n");
        (void)must(opened()->fetch(no_progress, std::nullopt));
    }
};

}  // namespace

TEST_CASE("anything that replaced a tracked file is copied") {
    const Edited place;
    fs::remove(place.directory / "text");
    SECTION("a tree") {
        place.edit("text/mine", "precious one\n");
        place.edit("text/deeper/too", "precious two\n");
        (void)place.save();
        CHECK_THAT(everything(place), ContainsSubstring("precious one\n"));
        CHECK_THAT(everything(place), ContainsSubstring("precious two\n"));
    }
    SECTION("a link") {
        fs::create_symlink("precious one", place.directory / "text");
        (void)place.save();
        CHECK_THAT(everything(place), ContainsSubstring("precious one"));
    }
    SECTION("a repository") {
        place.edit("text/mine", "precious one\n");
        run_git(place.directory / "text", {"init", "-q"});
        run_git(place.directory / "text", {"add", "-A"});
        run_git(place.directory / "text", {"commit", "-q", "-m", "mine"});
        const auto mine = commit_named(place.directory / "text", "HEAD");
        (void)place.save();
        CHECK_THAT(everything(place), ContainsSubstring("precious one"));
        CHECK_THAT(everything(place), ContainsSubstring(mine.hex()));
    }
    must(place.opened()->switch_to(place.two));
    CHECK(tracked_changes(place.directory) == "");
    CHECK(content_of(place.directory / "text") == "a\nb\nc\nd\ne\nf\ng\nh\n");
}

TEST_CASE("anything that replaced a tracked directory is copied") {
    const Edited place;
    fs::remove_all(place.directory / "sub");
    SECTION("a file") {
        place.edit("sub", "precious\n");
    }
    SECTION("a link") {
        fs::create_symlink("precious", place.directory / "sub");
    }
    (void)place.save();
    CHECK_THAT(everything(place), ContainsSubstring("precious"));
    must(place.opened()->switch_to(place.two));
    CHECK(content_of(place.directory / "sub/deep") == "deep\n");
}

TEST_CASE("tracked files of a directory that the commit replaces by a file are not copied") {
    const Edited place;
    fs::remove_all(place.upstream.laptop / "sub");
    const auto three = place.upstream.publish("sub", "a file\n");
    const auto checkout = place.opened();
    (void)must(checkout->fetch(no_progress, std::nullopt));
    CHECK(must(checkout->save_local_edits(three, place.patches)).empty());
    place.edit("sub/mine", "precious\n");
    (void)must(checkout->save_local_edits(three, place.patches));
    REQUIRE(place.saved().size() == 1);
    CHECK(content_of(place.saved().front()) == "precious\n");
}

TEST_CASE("a FIFO or socket at a path of the commit is never opened") {
    const Edited place;
    for (const std::string name : {"added", "text", "other"}) {
        fs::remove(place.directory / name);
        REQUIRE(::mkfifo((place.directory / name).c_str(), 0600) == 0);
    }
    fs::remove_all(place.directory / "sub");
    REQUIRE(::mkfifo((place.directory / "sub").c_str(), 0600) == 0);
    (void)place.save();
    must(place.opened()->switch_to(place.two));
    CHECK(tracked_changes(place.directory) == "");
    CHECK(content_of(place.directory / "added") == "theirs\n");
}

TEST_CASE("a conflict that was resolved on disk and not added is saved") {
    const Edited place;
    place.git({"checkout", "-q", "-b", "topic"});
    place.edit("text", "topic\n");
    place.git({"commit", "-q", "-a", "-m", "topic"});
    place.git({"checkout", "-q", "main"});
    place.edit("text", "main\n");
    place.git({"commit", "-q", "-a", "-m", "here"});
    (void)try_git(place.directory, {"merge", "topic"});
    place.edit("text", "precious resolution\n");
    (void)place.save();
    CHECK_THAT(everything(place), ContainsSubstring("+precious resolution"));
    // The git operation has ended, and its own state was saved.
    CHECK_THAT(everything(place), ContainsSubstring("Merge branch 'topic'"));
    must(place.opened()->switch_to(place.two));
    CHECK(tracked_changes(place.directory) == "");
}

TEST_CASE("the state of an unfinished rebase or am is saved") {
    const Edited place;
    place.git({"checkout", "-q", "-b", "topic"});
    place.edit("text", "topic\n");
    place.git({"commit", "-q", "-a", "-m", "topic"});
    const auto topic = commit_named(place.directory, "HEAD");
    place.git({"checkout", "-q", "main"});
    place.edit("text", "main\n");
    place.git({"commit", "-q", "-a", "-m", "here"});
    SECTION("the mail") {
        const auto mail = place.temporary.path / "mail";
        write_file(mail, place.git({"format-patch", "-1", "--stdout", "topic"}) + "\nprecious\n");
        place.git({"branch", "-q", "-D", "topic"});
        (void)try_git(place.directory, {"am", mail.string()});
        REQUIRE(fs::exists(place.directory / ".git/rebase-apply"));
        (void)place.save();
        CHECK_THAT(everything(place), ContainsSubstring("+topic"));
    }
    SECTION("the commits and the autostash") {
        place.edit("other", "precious stash\n");
        place.git({"config", "rebase.autoStash", "true"});
        (void)try_git(place.directory, {"rebase", "main", "topic"});
        REQUIRE(fs::exists(place.directory / ".git/rebase-merge/autostash"));
        const auto stash =
            content_of(place.directory / ".git/rebase-merge/autostash").substr(0, 40);
        place.git({"update-ref", "-d", "refs/heads/topic"});
        (void)place.save();
        must(place.opened()->switch_to(place.two));
        CHECK(place.git({"for-each-ref", "--contains", topic.hex()}) != "");
        CHECK(place.git({"for-each-ref", "--contains", stash}) != "");
    }
}

TEST_CASE("an emptied tracked file is saved, whatever its attributes") {
    const auto* const attributes =
        GENERATE("* text=auto\n", "* text\n", "text eol=crlf\n", "* ident\n", "* binary\n");
    const WithAttributes place{attributes};
    place.edit("text", "");
    place.edit("empty", "mine");
    place.check_patch_restores();
}

TEST_CASE("edited attributes do not affect how other files are compared") {
    const WithAttributes place{"* text=auto\n"};
    place.edit(".gitattributes", "* text eol=crlf\n*.x ident\n");
    for (const std::string name : {"text", "other", "tool"})
        fs::last_write_time(place.directory / name, fs::file_time_type::clock::now());
    const auto line = place.must_save_one_patch();
    CHECK_THAT(line, Catch::Matchers::StartsWith("saved 1 edited file as "));
    must(place.opened()->switch_to(place.two));
    CHECK(content_of(place.directory / "added") == "later\n");
    CHECK(content_of(place.directory / "text") == "a\nb\n");
    CHECK(tracked_changes(place.directory) == "");
}

TEST_CASE("files of an interrupted switch are not saved as edits, but edits are") {
    const Edited place;
    place.upstream.write("sub/deep", "new\n");
    place.upstream.write("fresh/file", "new\n");
    const auto three = place.upstream.publish("text", "new\n");
    (void)must(place.opened()->fetch(no_progress, std::nullopt));
    // The state after a kill: inhaul's ref, and some of the files.
    place.git({"update-ref", "refs/inhaul-switching", three.hex()});
    place.edit("sub/deep", "new\n");
    place.edit("fresh/file", "new\n");
    CHECK(place.save().empty());
    place.edit("text", "new\nprecious one\n");
    place.edit("fresh/file", "new\nprecious two\n");
    for (const auto& target : {place.two, three}) {
        (void)must(place.opened()->save_local_edits(target, place.patches));
        CHECK_THAT(everything(place), ContainsSubstring("+precious one"));
    }
    // Only that commit has the file, so only its own switch overwrites it.
    CHECK_THAT(everything(place), ContainsSubstring("precious two"));
    CHECK(place.saved().size() == 2);  // the same edit is saved once
}
