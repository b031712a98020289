// SPDX-License-Identifier: Apache-2.0
#include <git/transport/packet_line.hpp>
#include <git/transport/ref_listing.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using namespace inhaul::git;
using inhaul::test::ContainsSubstring;

namespace {

const auto main_branch = BranchName::parse("main").value();
const std::string one(40, '1');
const std::string two(40, '2');
const std::string flush{flush_packet};

std::string line(const std::string& text) {
    return packet_line(text + "\n");
}

std::string advertisement(const std::string& refs) {
    return line("# service=git-upload-pack") + flush + refs + flush;
}

}  // namespace

TEST_CASE("the ls-refs request is as in gitprotocol-v2") {
    CHECK(ls_refs_request("refs/heads/main") ==
          "0014command=ls-refs\n"
          "0001"
          "001fref-prefix refs/heads/main\n"
          "0000");
}

TEST_CASE("the branch is found among others with the same prefix") {
    const auto listing = read_ls_refs(
        line(two + " refs/heads/main-2") + line(one + " refs/heads/main") + flush, main_branch);
    REQUIRE(listing);
    CHECK(listing->head->hex() == one);
    CHECK(listing->has_branches);
}

TEST_CASE("attributes of a ref, and an unborn HEAD, are not refs") {
    const auto listing = read_ls_refs(line("unborn HEAD symref-target:refs/heads/main") +
                                          line(one + " refs/heads/main peeled:" + two) + flush,
                                      main_branch);
    REQUIRE(listing);
    CHECK(listing->head->hex() == one);
    const auto unborn =
        read_ls_refs(line("unborn HEAD symref-target:refs/heads/main") + flush, main_branch);
    REQUIRE(unborn);
    CHECK_FALSE(unborn->head);
    CHECK_FALSE(unborn->has_branches);
}

TEST_CASE("a repository with only another branch is not empty") {
    const auto listing = read_ls_refs(line(one + " refs/heads/other") + flush, main_branch);
    REQUIRE(listing);
    CHECK_FALSE(listing->head);
    CHECK(listing->has_branches);
}

TEST_CASE("a version 0 listing has its capabilities behind the first name") {
    const auto refs = packet_line(two + " HEAD" + std::string{'\0'} + "multi_ack side-band\n") +
                      line(one + " refs/heads/main") + line(two + " refs/tags/v1");
    const auto listing = read_advertisement(advertisement(refs), main_branch);
    REQUIRE(listing);
    CHECK(listing->head->hex() == one);
    CHECK(read_advertisement(advertisement(line("version 1") + refs), main_branch)->head);
}

TEST_CASE("a version 0 listing of an empty repository has capabilities and no ref") {
    const auto listing =
        read_advertisement(advertisement(packet_line(std::string(40, '0') + " capabilities^{}" +
                                                     std::string{'\0'} + "multi_ack\n")),
                           main_branch);
    REQUIRE(listing);
    CHECK_FALSE(listing->head);
    CHECK_FALSE(listing->has_branches);
}

TEST_CASE("the listing that is generated for libgit2 parses like a server's") {
    const auto listing =
        read_advertisement(advertisement_of(main_branch, *CommitId::parse(one)), main_branch);
    REQUIRE(listing);
    CHECK(listing->head->hex() == one);
}

TEST_CASE("a response that is not a ref listing is refused") {
    const auto* const answer = GENERATE("", "x", "00", "0003", "zzzz", "-001", "+004", "0008ab",
                                        "fff0short", "0009 main", "000aabcdef", "0000000x");
    CAPTURE(answer);
    for (const auto& read :
         {read_ls_refs(std::string{"0008zzz\n"} + answer, main_branch),
          read_advertisement(answer, main_branch), read_advertisement("0000", main_branch)}) {
        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::protocol);
    }
}

TEST_CASE("a truncated listing is not accepted") {
    const auto whole = line(one + " refs/heads/main") + flush;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto read = read_ls_refs(std::string_view{whole}.substr(0, size), main_branch);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::protocol);
    }
}

TEST_CASE("an error message of the server is shown on one line") {
    const auto read = read_ls_refs(line("ERR upload-pack: not\r\n our \x1b[31mref"), main_branch);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, ContainsSubstring("the server reports: upload-pack: not"));
    CHECK(read.error().message.find('\n') == std::string::npos);
    CHECK(read.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("a SHA-256 repository is distinguished from garbage") {
    const auto read =
        read_ls_refs(line(std::string(64, 'a') + " refs/heads/main") + flush, main_branch);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::configuration);
    CHECK_THAT(read.error().message, ContainsSubstring("SHA-256"));
}
