// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

const std::string pointer{"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n"};

/// Sets the modification time, so that the next scan compares the files themselves.
void touch(const fs::path& file) {
    fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::seconds{5});
}

/// Deploys a commit with these attributes. The files must equal those of git.
void check_like_git(const std::string& attributes, const std::string& info = "") {
    CAPTURE(attributes, info);
    const Place place;
    for (const auto* const name :
         {"a.txt", "b.txt", "c d.txt", "e.c", "sub/a.txt", "sub/\"q\".txt"})
        place.upstream.write(name, "one $Id$\ntwo $Id$\n");
    place.upstream.write("sub/.gitattributes", "[attr]late -text\n\"\\\"q\\\".txt\" late\n");
    const auto head = place.upstream.publish(".gitattributes", attributes);
    const auto beside = place.temporary.path / "beside";
    for (const auto& directory : {beside, place.directory}) {
        run_git(place.temporary.path,
                {"clone", "-q", "--no-checkout", place.upstream.bare.string(), directory.string()});
        if (!info.empty()) write_file(directory / ".git/info/attributes", info);
    }
    run_git(beside, {"reset", "-q", "--hard", head.hex()});
    (void)place.deploy();
    CHECK(snapshot(place.directory) == snapshot(beside));
    CHECK(tracked_changes(place.directory) == tracked_changes(beside));
    for (const auto& [name, content] : snapshot(beside))
        if (content.starts_with("file ")) touch(place.directory / name);
    CHECK(must(place.opened()->compare(head)).tree_is_target);
}

}  // namespace

TEST_CASE("attributes have the effect that they have in git") {
    // Patterns in quotes.
    check_like_git("\"c d.txt\" text eol=crlf\n\"\\142.txt\" ident\n\"a.txt ident\n");
    // Lines that git ignores.
    check_like_git("!a.txt text eol=crlf\n");
    check_like_git("*.txt text eol=crlf # for Windows\ne.c ident\n");
    check_like_git("*.txt eol=crlf a=b/c b@d\nc\\ d.txt eol=crlf\n");
    check_like_git("*.txt eol=crlf " + std::string(2048, 'x') + "\ne.c ident\n");
    check_like_git("\xef\xbb\xbf*.txt eol=crlf\ne.c eol=crlf\r\n");
    // Values.
    check_like_git("* eol=crlf\na.txt -text=auto\nb.txt text=\n");
    // Macros behind their first use, redefined, and in another directory.
    check_like_git("*.txt late\n[attr]late later\n[attr]later ident eol=crlf\n");
    check_like_git("[attr]late ident\n*.txt late\n[attr]late eol=crlf\n*.c binary eol=crlf\n");
    check_like_git("*.txt binary\n[attr]binary eol=crlf\n");
}

TEST_CASE("info/attributes sets idents before the attributes of the commit") {
    check_like_git("*.txt ident\n", "a.txt -ident\ne.c ident\n");
    check_like_git("*.txt -ident\n", "a.txt ident\nb.txt text\n");
}

TEST_CASE("a working-tree-encoding in info/attributes is refused before a file changes") {
    const Place place;
    (void)place.upstream.publish("a.txt", "1\n");
    (void)place.deploy();
    const auto info = place.directory / ".git/info/attributes";
    write_file(info, "*.txt working-tree-encoding=UTF-16\n");
    (void)place.upstream.publish("a.txt", "2\n");
    const auto checkout = place.opened();
    const auto head = must(checkout->fetch(no_progress, std::nullopt));
    const auto error = error_of(checkout->check_switch(head));
    CHECK(to_string(error.code) == "host");
    CHECK_THAT(error.message, ContainsSubstring("info/attributes sets working-tree-encoding"));
    CHECK(content_of(place.directory / "a.txt") == "1\n");
    fs::remove(info);
    must(checkout->switch_to(head));
    CHECK(content_of(place.directory / "a.txt") == "2\n");
}

TEST_CASE("a macro of attributes applies to its own commit only") {
    const Place place;
    place.upstream.write("a.bin", pointer);
    place.upstream.write("b.bin", pointer);
    const auto commit = [&](const std::string& attributes) {
        return place.upstream.publish(".gitattributes", attributes);
    };
    const auto one = commit("[attr]big filter=lfs\n[attr]large big\na.bin large\n");
    const auto without = commit("a.bin large\nb.bin filter=lfs\n");
    const auto redefined = commit("[attr]big filter=lfs diff\n[attr]large -filter\n*.bin big\n");
    const auto last = commit("[attr]large filter=other\n*.bin big\na.bin large\n");
    const auto checkout = place.opened();
    (void)must(checkout->fetch(no_progress, std::nullopt));
    const auto pointers = [&](const CommitId& of) {
        return must(checkout->lfs_pointers(std::nullopt, of, 9));
    };
    using Paths = std::vector<std::string>;
    for (int twice = 0; twice < 2; ++twice) {
        CHECK(pointers(one) == Paths{"a.bin"});
        CHECK(pointers(without) == Paths{"b.bin"});
        CHECK(pointers(redefined) == Paths{"a.bin", "b.bin"});
        CHECK(pointers(last) == Paths{});
    }
}

TEST_CASE("a required filter is found by a macro of the new commit only") {
    const Place place;
    (void)place.upstream.publish(".gitattributes", "[attr]secret filter=crypt\n*.key secret\n");
    (void)place.deploy();
    place.git({"config", "filter.crypt.required", "true"});
    const auto checkout = place.opened();
    const auto fetched = [&] { return must(checkout->fetch(no_progress, std::nullopt)); };
    place.upstream.write(".gitattributes", "*.key secret\n");
    (void)place.upstream.publish("a.key", "a\n");
    must(checkout->switch_to(fetched()));
    place.upstream.write(".gitattributes", "[attr]secret filter=crypt\n*.key secret\n");
    (void)place.upstream.publish("b.key", "b\n");
    const auto error = error_of(checkout->switch_to(fetched()));
    CHECK_THAT(error.message, ContainsSubstring("needs the filter crypt"));
    CHECK(content_of(place.directory / "a.key") == "a\n");
    CHECK_FALSE(fs::exists(place.directory / "b.key"));
}

TEST_CASE("a changed time of .gitattributes does not change the attributes of other files") {
    const Place place;
    place.upstream.write("sub/.gitattributes", "*.h ident\n");
    place.upstream.write("sub/a.h", "$Id$\n$Id$\n");
    place.upstream.write("two.c", "$Id$\n$Id$\n");
    const auto head = place.upstream.publish(".gitattributes", "*.c ident\n");
    (void)place.deploy();
    REQUIRE_THAT(content_of(place.directory / "two.c"), !ContainsSubstring("$Id$"));
    for (const auto* const name : {".gitattributes", "two.c", "sub/.gitattributes", "sub/a.h"})
        touch(place.directory / name);
    const auto checkout = place.opened();
    CHECK(must(checkout->compare(head)).tree_is_target);
    CHECK(must(checkout->save_local_edits(head, place.patches)).empty());
}

TEST_CASE("a link named .gitattributes sets no attributes") {
    const Place place;
    fs::create_symlink("* ident", place.upstream.laptop / ".gitattributes");
    (void)place.upstream.publish("two.c", "$Id$\n$Id$\n");
    const auto head = place.deploy();
    fs::remove(place.directory / ".gitattributes");
    write_file(place.directory / ".gitattributes", "mine\n");
    touch(place.directory / "two.c");
    CHECK(content_of(place.directory / "two.c") == "$Id$\n$Id$\n");
    const auto checkout = place.opened();
    CHECK(must(checkout->save_local_edits(head, place.patches)).size() == 1);
    must(checkout->switch_to(head));
    CHECK(content_of(place.directory / "two.c") == "$Id$\n$Id$\n");
    CHECK(fs::is_symlink(place.directory / ".gitattributes"));
    CHECK_THAT(tracked_changes(place.directory), !ContainsSubstring("two.c"));
}
