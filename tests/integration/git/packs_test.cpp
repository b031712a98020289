// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include <git/repository/packs.hpp>
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// As git's gc.autoPackLimit.
constexpr int git_packs_limit = 50;

std::size_t count_packs(const fs::path& checkout) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator{checkout / ".git/objects/pack"})
        count += entry.path().extension() == ".pack" ? 1 : 0;
    return count;
}

/// A deployed app with this number of additional packs of one blob each.
struct Busy : Place {
    explicit Busy(int packs, const std::string& beside_each = "") {
        one = upstream.publish("a", "1\n");
        deploy();
        const auto script = fmt::format(
            "cd .git/objects/pack && for i in $(seq {}); do "
            "pack=$(echo $i | git hash-object -w --stdin | git pack-objects -q pack); {} done; "
            "git prune-packed",
            packs, beside_each);
        const auto made = must(process::run({.argv = {"sh", "-ec", script},
                                             .directory = directory,
                                             .environment = git_environment(),
                                             .clean_environment = true,
                                             .capture_output = true},
                                            Milliseconds{60'000}));
        if (!made.status.success()) FAIL(made.output);
    }
    CommitId one = CommitId::parse(std::string(40, '0')).value();
};

}  // namespace

TEST_CASE("many small packs become one without losing an object") {
    const Busy place{git_packs_limit + 10};
    const auto objects = place.git({"cat-file", "--batch-all-objects", "--batch-check"});
    CHECK(count_packs(place.directory) > git_packs_limit);
    must(place.opened()->tidy());
    CHECK(count_packs(place.directory) < 4);
    CHECK(place.git({"cat-file", "--batch-all-objects", "--batch-check"}) == objects);
    CHECK(place.git({"fsck", "--strict", "--no-dangling"}) == "");
    CHECK(debris(place.directory).empty());
    const auto two = place.upstream.publish("a", "2\n");
    CHECK(place.deploy() == two);
    CHECK(tracked_changes(place.directory) == "");
}

TEST_CASE("packs up to git's own limit stay as they are") {
    const Busy place{git_packs_limit - 10};
    must(place.opened()->tidy());
    CHECK(count_packs(place.directory) == git_packs_limit - 9);
}

TEST_CASE("packs with a .keep file stay") {
    const Busy place{git_packs_limit + 10, "touch pack-$pack.keep;"};
    const auto two = place.upstream.publish("a", "2\n");
    CHECK(place.deploy() == two);
    must(place.opened()->tidy());
    CHECK(count_packs(place.directory) == git_packs_limit + 12);
}

TEST_CASE("a damaged pack causes the repository to be recreated") {
    const Busy place{git_packs_limit + 10};
    for (const auto& entry : fs::directory_iterator{place.directory / ".git/objects/pack"}) {
        if (entry.path().extension() != ".pack" || fs::file_size(entry.path()) > 60) continue;
        fs::permissions(entry.path(), fs::perms{0644});
        auto content = content_of(entry.path());
        content[content.size() - 25] = static_cast<char>(content[content.size() - 25] ^ 0x5a);
        write_file(entry.path(), content);
        break;
    }
    const auto two = place.upstream.publish("a", "2\n");
    const auto objects = [&] {
        const auto listed = place.git({"cat-file", "--batch-all-objects", "--batch-check"});
        return std::count(listed.begin(), listed.end(), '\n');
    };
    const auto before = objects();
    must(place.opened()->tidy());
    // Objects of the branch, and unreachable objects, without the damaged object.
    CHECK(count_packs(place.directory) == 2);
    CHECK(objects() >= before - 1);
    CHECK(place.deploy() == two);
    CHECK(place.git({"fsck", "--strict", "--no-dangling"}) == "");
    CHECK(fs::exists(place.directory / ".git/inhaul-damaged/objects/pack"));
}

TEST_CASE("merging packs stops at its time limit, until there are many more packs") {
    const Busy place{git_packs_limit + 10};
    const auto repository = place.directory / ".git";
    const auto before = count_packs(place.directory);
    must(git::merge_packs(repository, Milliseconds{0}));
    CHECK(count_packs(place.directory) == before);
    CHECK(debris(place.directory).empty());
    // Not tried again, even without a time limit.
    must(git::merge_packs(repository));
    CHECK(count_packs(place.directory) == before);
    CHECK(content_of(repository / "inhaul.packs") == std::to_string(before));
    write_file(repository / "inhaul.packs", "5");
    must(git::merge_packs(repository));
    CHECK(count_packs(place.directory) < 4);
    CHECK_FALSE(fs::exists(repository / "inhaul.packs"));
    CHECK(place.git({"fsck", "--strict", "--no-dangling"}) == "");
}
