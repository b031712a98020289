// SPDX-License-Identifier: Apache-2.0
#include <git/submodules/gitmodules.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

std::string section(const std::string& name, const std::string& path,
                    const std::string& url = "https://example.org/lib.git") {
    return "[submodule \"" + name + "\"]\n\tpath = " + path + "\n\turl = " + url + "\n";
}

Error refusal(const std::string& text) {
    const auto read = git::read_gitmodules(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::refused);
    return read.error();
}

}  // namespace

TEST_CASE("a .gitmodules file is read") {
    const auto read = git::read_gitmodules(section("lib", "libs/lib/") +
                                           section("Ö.x y", "b", "../b.git") + "[core]\n\ta = b\n");
    REQUIRE(read);
    REQUIRE(read->size() == 2);
    CHECK((*read)[0].name == "lib");
    CHECK((*read)[0].path == "libs/lib");
    CHECK((*read)[0].url == "https://example.org/lib.git");
    CHECK((*read)[1].name == "Ö.x y");
    CHECK((*read)[1].url == "../b.git");
}

TEST_CASE("submodules that git would not check out are left out") {
    const auto read = git::read_gitmodules(
        "[submodule \"a\"]\n\tpath = a\n[submodule \"b\"]\n\turl = x\n" + section("c", "c") +
        "\tupdate = none\n[submodule]\n\tpath = d\n\turl = x\n");
    REQUIRE(read);
    CHECK(read->empty());
}

TEST_CASE("the first of two values counts, as in git") {
    const auto read = git::read_gitmodules(section("a", "a") + section("a", "b", "ssh://evil/x"));
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    CHECK((*read)[0].path == "a");
    CHECK((*read)[0].url == "https://example.org/lib.git");
}

TEST_CASE("names that lead out of the directory of submodules are refused") {
    const std::string name = GENERATE("..", "../x", "a/../../x", "/x", "a//b", ".", ".git/x",
                                      "a\\\\..\\\\x", "x/", "a/.GIT", "lib.inhaul", "a.inhaul/b");
    CAPTURE(name);
    CHECK_THAT(refusal(section(name, "x")).message, ContainsSubstring("invalid submodule name"));
}

TEST_CASE("paths that lead out of the directory are refused") {
    const std::string path = GENERATE("..", "../x", "/x", "a/../../x", ".git/x", "git~1", ".");
    CAPTURE(path);
    CHECK_THAT(refusal(section("x", path)).message, ContainsSubstring("invalid submodule path"));
}

TEST_CASE("two submodules cannot share a path or a repository") {
    CHECK_THAT(refusal(section("a", "x") + section("b", "x")).message,
               ContainsSubstring("two submodules have the path"));
    CHECK_THAT(refusal(section("a", "x") + section("a/objects", "y")).message,
               ContainsSubstring("below another's"));
    CHECK_THAT(refusal(section("a", "x") + section("a-b", "z") + section("a/b", "y")).message,
               ContainsSubstring("below another's"));
    CHECK(git::read_gitmodules(section("a", "x") + section("a-b", "z")));
}

TEST_CASE("a file that includes another one is refused") {
    const auto* const begin =
        GENERATE("[include]", "[INCLUDE]", "[ include]", "[includeIf \"x\"]", "[\tinclude ]");
    CAPTURE(begin);
    CHECK_THAT(refusal(std::string{begin} + "\n\tpath = /etc/passwd\n").message,
               ContainsSubstring("includes another file"));
}

TEST_CASE("a malformed file is refused") {
    CHECK_THAT(refusal("[submodule \"a\n").message, ContainsSubstring("invalid syntax"));
}

TEST_CASE("a relative URL is resolved against the superproject's URL") {
    const auto resolved = [](const std::string& from, const std::string& url) {
        return git::resolved_url(from, url).value_or("refused");
    };
    CHECK(resolved("https://h/a/app.git", "../lib.git") == "https://h/a/lib.git");
    CHECK(resolved("https://h/a/app.git/", "../../b/lib.git") == "https://h/b/lib.git");
    CHECK(resolved("ssh://git@h:22/a/app.git", "../lib") == "ssh://git@h:22/a/lib");
    CHECK(resolved("/srv/app.git", "./lib") == "/srv/app.git/lib");
    CHECK(resolved("https://h/a/app.git", "https://other/x") == "https://other/x");
    CHECK(resolved("https://h/a/app.git", "../../../other/x") == "refused");
    CHECK(resolved("https://h", "../x") == "refused");
}
