// SPDX-License-Identifier: Apache-2.0
#include <git/repository/signed_commit.hpp>

#include "support/catch.hpp"

using inhaul::git::split_signature;

namespace {

const std::string headers = "tree 1\nparent 2\nauthor a\ncommitter b\n";
const std::string signed_with = "gpgsig -----BEGIN\n one\n \n -----END\n";
const std::string message = "\nsubject\n\nbody\n";

}  // namespace

TEST_CASE("the signature is removed from the headers, and the rest is the signed data") {
    const auto found = split_signature(headers + signed_with + "encoding x\n" + message);
    REQUIRE(found);
    CHECK(found->signature == "-----BEGIN\none\n\n-----END");
    CHECK(found->content == headers + "encoding x\n" + message);
}

TEST_CASE("a signature at the end of the commit is found") {
    const auto found = split_signature(headers + "gpgsig a\n b");
    REQUIRE(found);
    CHECK(found->signature == "a\nb");
    CHECK(found->content == headers);
}

TEST_CASE("a line of the message is not a signature") {
    CHECK_FALSE(split_signature(headers + message + signed_with));
    CHECK_FALSE(split_signature(headers + "\n" + signed_with));
}

TEST_CASE("a line of another header, or a header of another name, is not a signature") {
    CHECK_FALSE(split_signature(headers + "mergetag x\n gpgsig y\n" + message));
    CHECK_FALSE(split_signature(headers + "gpgsig-sha256 y\nxgpgsig z\n" + message));
    CHECK_FALSE(split_signature(headers + message));
    CHECK_FALSE(split_signature(""));
}

TEST_CASE("a second signature is part of the signed data") {
    const auto found = split_signature(headers + "gpgsig a\ngpgsig b\n" + message);
    REQUIRE(found);
    CHECK(found->signature == "a");
    CHECK(found->content == headers + "gpgsig b\n" + message);
}

TEST_CASE("the signature of a commit with a NUL is ignored") {
    const std::string nul(1, '\0');
    CHECK_FALSE(split_signature(headers + signed_with + message + nul + "unsigned words"));
    CHECK_FALSE(split_signature(headers + nul + signed_with + message));
}
