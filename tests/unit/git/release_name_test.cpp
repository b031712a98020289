// SPDX-License-Identifier: Apache-2.0
#include <git/releases/release_name.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::git {

TEST_CASE("a release has the name of its commit, and a further build a number") {
    const auto commit = test::commit('a');
    CHECK(ReleaseName{commit}.text() == commit.hex());
    CHECK(ReleaseName{commit, 2}.text() == commit.hex() + "-2");
    for (const unsigned build : {1U, 2U, 17U})
        CHECK(release_name_from(ReleaseName{commit, build}.text()) == ReleaseName{commit, build});
    for (const auto* const end : {"-", "-0", "-1", "-02", "-2x", "-+2", "-99999999999999999999"})
        CHECK_FALSE(release_name_from(commit.hex() + end));
    CHECK_FALSE(release_name_from(".built"));
    CHECK_FALSE(release_name_from(std::string(40, 'A')));
    CHECK_FALSE(release_name_from(std::string(40, 'A') + "-2"));
    CHECK_FALSE(release_name_from(""));
}

}  // namespace inhaul::git
