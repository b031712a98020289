// SPDX-License-Identifier: Apache-2.0
#include <git/checkout/safe_path.hpp>

#include "support/catch.hpp"

using namespace inhaul;

TEST_CASE("ordinary and unusual names are allowed") {
    const auto* const path =
        GENERATE("a", "a/b/c", ".gitignore", ".github/x", "..a", "...", "a..", "git~2",
                 ".gitmodules", "x.git", "a/.gitattributes", " ", "a:b", "a\\b", "größe", "\xff");
    CAPTURE(path);
    CHECK_FALSE(git::unsafe_path(path, false));
}

TEST_CASE("names that a file system reads as .git are refused anywhere in a path") {
    const std::string part =
        GENERATE(".git", ".GiT", "GIT~1", ".git ", ".git . .", ".git:x", ".git\\x", "a\\.GIT\\b",
                 "\\git~1", ".g\u200cit", "\ufeff.git", ".git\u202e");
    CAPTURE(part);
    CHECK(git::unsafe_path(part, false));
    CHECK(git::unsafe_path("a/" + part, false));
    CHECK(git::unsafe_path(part + "/a", false));
    CHECK(git::unsafe_path("a/" + part + "/b", true));
}

TEST_CASE("invalid paths are refused") {
    const std::string path =
        GENERATE("", "/", "/a", "a/", "a//b", ".", "..", "a/.", "../a", "a/../b");
    CAPTURE(path);
    CHECK(git::unsafe_path(path, false));
    CHECK(git::unsafe_path(std::string{"a\0b", 3}, false));
    CHECK(git::unsafe_path(std::string(300, 'a'), false));
    CHECK(git::unsafe_path("a/" + std::string(5000, 'a'), false));
}

TEST_CASE("a file .gitmodules is allowed, and a link of that name is refused") {
    CHECK_FALSE(git::unsafe_path("a/.gitmodules", false));
    CHECK(git::unsafe_path("a/.gitmodules", true));
    CHECK(git::unsafe_path(".GITMODULES ", true));
    for (const auto* const name :
         {"gitmod~1", "GITMOD~4 ", "gi7eba~1", "gi7~1234", "a\\.gitmodules"}) {
        CHECK(git::unsafe_path(name, true));
        CHECK_FALSE(git::unsafe_path(name, false));
    }
    for (const auto* const name :
         {"gitmod~5", "gitmod~", "gi7eba~0", "gi7eba~x", "gi7eb~1", "git~modu"})
        CHECK_FALSE(git::unsafe_path(name, true));
}
