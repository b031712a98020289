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

TEST_CASE("a file of submodules is read") {
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

TEST_CASE("what git itself would not check out is left out") {
    const auto read = git::read_gitmodules(
        "[submodule \"a\"]\n\tpath = a\n[submodule \"b\"]\n\turl = x\n" + section("c", "c") +
        "\tupdate = none\n[submodule]\n\tpath = d\n\turl = x\n");
    REQUIRE(read);
    CHECK(read->empty());
}

TEST_CASE("of two values the first counts, as for git") {
    const auto read = git::read_gitmodules(section("a", "a") + section("a", "b", "ssh://evil/x"));
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    CHECK((*read)[0].path == "a");
    CHECK((*read)[0].url == "https://example.org/lib.git");
}

TEST_CASE("names that lead out of where submodules are kept are refused") {
    const std::string name = GENERATE("..", "../x", "a/../../x", "/x", "a//b", ".", ".git/x",
                                      "a\\\\..\\\\x", "x/", "a/.GIT", "lib.inhaul", "a.inhaul/b");
    CAPTURE(name);
    CHECK_THAT(refusal(section(name, "x")).message, ContainsSubstring("is no name"));
}

TEST_CASE("paths that lead out of the directory are refused") {
    const std::string path = GENERATE("..", "../x", "/x", "a/../../x", ".git/x", "git~1", ".");
    CAPTURE(path);
    CHECK_THAT(refusal(section("x", path)).message, ContainsSubstring("is no path inside"));
}

TEST_CASE("two submodules do not share a place") {
    CHECK_THAT(refusal(section("a", "x") + section("b", "x")).message,
               ContainsSubstring("the path of two"));
    CHECK_THAT(refusal(section("a", "x") + section("a/objects", "y")).message,
               ContainsSubstring("below another's"));
    CHECK_THAT(refusal(section("a", "x") + section("a-b", "z") + section("a/b", "y")).message,
               ContainsSubstring("below another's"));
    CHECK(git::read_gitmodules(section("a", "x") + section("a-b", "z")));
}

TEST_CASE("no other file is read") {
    const auto* const begin =
        GENERATE("[include]", "[INCLUDE]", "[ include]", "[includeIf \"x\"]", "[\tinclude ]");
    CAPTURE(begin);
    CHECK_THAT(refusal(std::string{begin} + "\n\tpath = /etc/passwd\n").message,
               ContainsSubstring("includes another file"));
}

TEST_CASE("what is no settings file is refused") {
    CHECK_THAT(refusal("[submodule \"a\n").message, ContainsSubstring("cannot be read"));
}

TEST_CASE("a relative URL is seen from the repository that says it") {
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
