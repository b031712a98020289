// SPDX-License-Identifier: Apache-2.0
#include <inhaul/model.hpp>

#include "support/catch.hpp"

namespace inhaul {

TEST_CASE("a commit ID is exactly 40 or 64 hex digits, kept in lower case") {
    CHECK(CommitId::parse(std::string(40, 'a'))->hex() == std::string(40, 'a'));
    CHECK(CommitId::parse(std::string(64, '0'))->hex().size() == 64);
    CHECK(CommitId::parse(std::string(40, 'F'))->hex() == std::string(40, 'f'));
    CHECK(CommitId::parse("3f2a9c1" + std::string(33, '0'))->short_form() == "3f2a9c1");
    for (const auto* bad : {"", "abc", "HEAD"})
        CHECK_FALSE(CommitId::parse(bad));
    CHECK_FALSE(CommitId::parse(std::string(39, 'a')));
    CHECK_FALSE(CommitId::parse(std::string(41, 'a')));
    CHECK_FALSE(CommitId::parse(std::string(39, 'a') + "g"));
    CHECK_FALSE(CommitId::parse(std::string(39, 'a') + "\n"));
}

TEST_CASE("a branch name follows git-check-ref-format") {
    for (const auto* good : {"main", "feature/x", "a.b", "release-1.0", "größe", "a@b", "v1@x"})
        CHECK(BranchName::parse(good)->text() == good);
    for (const auto* bad : {"",         "-x",   "@",   "a..b", "a b",  "a~b",  "a^b",  "a:b",
                            "a?b",      "a*b",  "a[b", "a\\b", "a\nb", ".a",   "a/.b", "a.lock",
                            "a.lock/b", "a//b", "/a",  "a/",   "a.",   "x@{1}"}) {
        CAPTURE(bad);
        CHECK_FALSE(BranchName::parse(bad));
    }
    CHECK_FALSE(BranchName::parse(std::string(201, 'a')));
    CHECK(BranchName::parse("main")->ref() == "refs/heads/main");
}

TEST_CASE("an app's name is a valid file name everywhere") {
    for (const auto* good : {"shop", "my-app", "a.b_c", "9lives"})
        CHECK(AppName::parse(good));
    for (const auto* bad : {"", ".hidden", "-x", "a/b", "a b", "ä", "..", "_x"}) {
        CAPTURE(bad);
        CHECK_FALSE(AppName::parse(bad));
    }
    CHECK(AppName::parse(std::string(64, 'a')));
    CHECK_FALSE(AppName::parse(std::string(65, 'a')));
}

TEST_CASE("each trigger has a name that is parsed back") {
    for (const auto trigger : {Trigger::poll, Trigger::once, Trigger::manual})
        CHECK(trigger_from(to_string(trigger)) == trigger);
    CHECK_FALSE(trigger_from("relay-of-the-future"));
}

}  // namespace inhaul
