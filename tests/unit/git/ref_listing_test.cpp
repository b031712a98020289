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
    const auto listing = read_advertisement(advertisement(refs), main_branch, Over::http);
    REQUIRE(listing);
    CHECK(listing->head->hex() == one);
    CHECK(
        read_advertisement(advertisement(line("version 1") + refs), main_branch, Over::http)->head);
}

TEST_CASE("a version 0 listing over ssh begins with its first ref") {
    const auto refs = packet_line(two + " HEAD" + std::string{'\0'} + "multi_ack\n") +
                      line(one + " refs/heads/main") + line("shallow " + two);
    for (const auto& whole : {refs + flush, line("version 1") + refs + flush}) {
        const auto listing = read_advertisement(whole, main_branch, Over::ssh);
        REQUIRE(listing);
        CHECK(listing->head->hex() == one);
    }
    CHECK_FALSE(read_advertisement(refs, main_branch, Over::ssh));
    for (const auto& other : {advertisement(refs), line("hello"), line("ERR no such repository")})
        CHECK_FALSE(read_advertisement(other, main_branch, Over::ssh));
    // git before 2.0 sends no more for an empty repository.
    CHECK_FALSE(read_advertisement(flush, main_branch, Over::ssh)->has_branches);
}

TEST_CASE("a version 0 listing of an empty repository has capabilities and no ref") {
    const auto listing =
        read_advertisement(advertisement(packet_line(std::string(40, '0') + " capabilities^{}" +
                                                     std::string{'\0'} + "multi_ack\n")),
                           main_branch, Over::http);
    REQUIRE(listing);
    CHECK_FALSE(listing->head);
    CHECK_FALSE(listing->has_branches);
}

TEST_CASE("the listing that is generated for libgit2 parses like a server's") {
    const auto listing = read_advertisement(advertisement_of(main_branch, *CommitId::parse(one)),
                                            main_branch, Over::http);
    REQUIRE(listing);
    CHECK(listing->head->hex() == one);
}

TEST_CASE("a response that is not a ref listing is refused") {
    const auto* const answer = GENERATE("", "x", "00", "0003", "zzzz", "-001", "+004", "0008ab",
                                        "fff0short", "0009 main", "000aabcdef", "0000000x");
    CAPTURE(answer);
    for (const auto& read : {read_ls_refs(std::string{"0008zzz\n"} + answer, main_branch),
                             read_advertisement(answer, main_branch, Over::http),
                             read_advertisement("0000", main_branch, Over::http)}) {
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

TEST_CASE("an error in place of a pack is its first line only") {
    const auto refusal = line("ERR upload-pack: not our ref");
    CHECK(leading_error(refusal) == "upload-pack: not our ref\n");
    CHECK(leading_error(refusal + line("something else")) == "upload-pack: not our ref\n");
    CHECK(leading_error(std::string_view{refusal}.substr(0, 12)) == "uplo");
    for (const auto* const other :
         {"", "00", "0000", "0008NAK\n", "xxxxERR not a length", "0003ERR "})
        CHECK(leading_error(other).empty());
}

TEST_CASE("an error at the end of a pack is in the last line of side band 3") {
    const auto end = packet_line("\x03the disk is full\n");
    CHECK(sideband_error("0000PACK" + end) == "the disk is full\n");
    CHECK(sideband_error(end + flush).empty());
    CHECK(sideband_error(packet_line("\x01PACK")).empty());
    CHECK(sideband_error("").empty());
}

TEST_CASE("a SHA-256 repository is distinguished from garbage") {
    const auto read =
        read_ls_refs(line(std::string(64, 'a') + " refs/heads/main") + flush, main_branch);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::configuration);
    CHECK_THAT(read.error().message, ContainsSubstring("SHA-256"));
}

TEST_CASE("the end of an answer is its flush packet or an error message, and nothing before") {
    const auto listing = line(one + " HEAD") + std::string{delimiter_packet} + flush;
    const auto error = line(one + " HEAD") + line("ERR no");
    for (const auto& whole : {listing, error}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto part = answer_size(std::string_view{whole}.substr(0, size));
            REQUIRE(part);
            CHECK_FALSE(*part);
        }
        for (const auto* const next : {"", "0", "zzzz", "0000"})
            CHECK(answer_size(whole + next).value() == whole.size());
    }
    for (const auto* const bad : {"zzzz", "0003", "-001", "0001ERR no"})
        CHECK(answer_size(bad).error().code == ErrorCode::protocol);
}

TEST_CASE("the capabilities of version 2 show whether the server runs git and can list refs") {
    const auto begin = line("version 2");
    const auto git_server = read_capabilities(begin + line("agent=git/2.39.5") +
                                              line("ls-refs=unborn") + line("fetch") + flush);
    REQUIRE(git_server);
    CHECK(git_server->is_git);
    const auto other = read_capabilities(begin + line("agent=forge/7") + line("ls-refs") + flush);
    REQUIRE(other);
    CHECK_FALSE(other->is_git);
    for (const auto& none :
         {std::string{}, flush, begin, begin + flush, begin + line("ls-refs"), line("version 1"),
          begin + line("fetch") + flush, begin + line("ERR no"), begin + "zzzz",
          line(one + " HEAD" + std::string{'\0'} + "agent=git/2.39.5") + flush})
        CHECK_FALSE(read_capabilities(none));
}

TEST_CASE("HEAD is listed with the branch that it names") {
    CHECK(head_request() == "0014command=ls-refs\n0001000csymrefs\n0014ref-prefix HEAD\n0000");
    const auto head = read_head(line(two + " HEAD2 symref-target:refs/heads/other") +
                                line(one + " HEAD symref-target:refs/heads/main peeled:x") + flush);
    REQUIRE(head);
    REQUIRE(*head);
    CHECK((*head)->commit.hex() == one);
    CHECK((*head)->ref == "refs/heads/main");
}

TEST_CASE("a HEAD that names no branch with commits is no head") {
    const auto answer = GENERATE_COPY(
        std::string{}, line("unborn HEAD symref-target:refs/heads/main"), line(one + " HEAD"),
        line(one), line(one + " "), line(std::string(64, 'a') + " HEAD symref-target:refs/heads/x"),
        line(one + " HEAD peeled:" + two), std::string{delimiter_packet});
    CAPTURE(answer);
    const auto head = read_head(answer + flush);
    REQUIRE(head);
    CHECK_FALSE(*head);
}

TEST_CASE("an answer without HEAD, with an error or an end too early is refused") {
    const auto whole = line(one + " HEAD symref-target:refs/heads/main");
    for (std::size_t size = 0; size <= whole.size(); ++size)
        CHECK(read_head(std::string_view{whole}.substr(0, size)).error().code ==
              ErrorCode::protocol);
    CHECK_THAT(read_head(line("ERR denied") + flush).error().message, ContainsSubstring("denied"));
}
