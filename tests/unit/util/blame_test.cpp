// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/blame.hpp>

#include <filesystem>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::process {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a missing program below the link to the release is the commit's fault") {
    const test::TemporaryDirectory place;
    const auto release = place.path / "releases/aaaa";
    fs::create_directories(release / "bin");
    fs::create_directories(place.path / "releases/bbbb/bin");
    fs::create_directory_symlink("releases/aaaa", place.path / "current");
    const auto blames_host = [&](const fs::path& program) {
        const Blame blame{{program.string()}, release};
        return blame.of_start({ErrorCode::not_found, "no program"}).transient;
    };
    CHECK_FALSE(blames_host(place.path / "current/bin/x"));
    CHECK_FALSE(blames_host(place.path / "current/missing/x"));
    CHECK_FALSE(blames_host("bin/x"));
    CHECK(blames_host(place.path / "releases/bbbb/bin/x"));
    CHECK(blames_host("/usr/bin/no-such-program"));
    CHECK(blames_host("x"));
}

}  // namespace
}  // namespace inhaul::process
