// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/temporary_directory.hpp>

#include <fstream>

#include "support/catch.hpp"
#include "support/environment_variable.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using inhaul::ErrorCode;
using Directory = inhaul::TemporaryDirectory;

TEST_CASE("a temporary directory is private, has the prefix, and is removed with its content") {
    const inhaul::test::TemporaryDirectory parent;
    fs::path path;
    {
        const auto directory = Directory::in(parent.path, "some-");
        REQUIRE(directory);
        path = directory->path();
        CHECK(path.parent_path() == parent.path);
        CHECK(path.filename().string().starts_with("some-"));
        CHECK(fs::status(path).permissions() == fs::perms::owner_all);
        fs::create_directories(path / "a/b");
        std::ofstream{path / "a/b/c"} << "content";
    }
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::is_empty(parent.path));
}

TEST_CASE("the directory for temporary files must exist") {
    const inhaul::test::TemporaryDirectory parent;
    const inhaul::test::Variable variable{"TMPDIR", parent.path.c_str()};
    CHECK(*inhaul::system_temporary_directory() == parent.path);
    variable.set((parent.path / "missing").c_str());
    const auto missing = inhaul::system_temporary_directory();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().hint.find("TMPDIR") != std::string::npos);
}

TEST_CASE("a moved temporary directory is removed once, by its last owner") {
    const inhaul::test::TemporaryDirectory parent;
    int removals = 0;
    {
        auto first = Directory::in(parent.path, "", [&](const fs::path& path) {
            ++removals;
            fs::remove(path);
        });
        REQUIRE(first);
        const auto second = std::move(*first);
        CHECK(fs::is_directory(second.path()));
    }
    CHECK(removals == 1);
    CHECK(fs::is_empty(parent.path));
}

TEST_CASE("a temporary directory of a given name fails if the name exists") {
    const inhaul::test::TemporaryDirectory parent;
    {
        auto directory = Directory::at(parent.path / "x");
        REQUIRE(directory);
        CHECK_FALSE(Directory::at(parent.path / "x"));
        directory->keep();
    }
    CHECK(fs::is_directory(parent.path / "x"));
    const auto missing = Directory::in(parent.path / "missing", "y");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::not_found);
}
