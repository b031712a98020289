// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <functional>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// Runs in a child process. Returns the signal that ended it, 0 without one.
int killed_by(const std::function<void()>& action) {
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        action();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::string noise(std::size_t size, std::uint32_t seed) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) {
        seed = seed * 1664525U + 1013904223U;
        bytes += static_cast<char>(seed >> 24U);
    }
    return bytes;
}

void check_is_whole(const Place& place, const CommitId& head) {
    CHECK(place.git({"rev-parse", "HEAD"}) == head.hex());
    CHECK(tracked_changes(place.directory) == "");
    CHECK(debris(place.directory).empty());
    CHECK_FALSE(fs::exists(place.directory / ".git" / "inhaul.working"));
    CHECK(place.git({"fsck", "--strict"}).find("missing") == std::string::npos);
}

}  // namespace

TEST_CASE("a fetch that is killed at any point is repeated without leftovers") {
    const Place place;
    for (unsigned i = 0; i < 10; ++i)
        (void)place.upstream.publish("file" + std::to_string(i), noise(20'000, i));
    const auto head = must(git::remote_head(place.access(), main_branch));
    const unsigned after = GENERATE(1U, 5U, 15U, 29U, 30U);
    const auto signal = killed_by([&] {
        const auto checkout = place.repository();
        if (!checkout->open()) return;
        unsigned calls = 0;
        (void)checkout->fetch(
            [&](const git::Progress& now) {
                if (now.objects_received >= after || ++calls > 1000) ::raise(SIGKILL);
            },
            std::nullopt);
    });
    REQUIRE(signal == SIGKILL);
    CHECK(fs::exists(place.directory / ".git" / "inhaul.working"));
    CHECK(place.deploy() == head);
    check_is_whole(place, head);
}

TEST_CASE("a switch that is killed while it writes is completed by the next one") {
    const Place place;
    // Each file is larger than the previous one, so a size limit kills the process at one of them.
    const auto write_all = [&](std::uint32_t seed) {
        for (unsigned i = 0; i < 10; ++i)
            place.upstream.write("file" + std::to_string(i), noise(10'000 * (i + 1), seed + i));
    };
    write_all(1);
    const auto one = place.upstream.commit("one");
    place.upstream.push();
    const bool first = GENERATE(true, false);
    if (!first) CHECK(place.deploy() == one);
    write_all(100);
    place.upstream.write("added/file", noise(1'000, 7));
    const auto two = place.upstream.commit("two");
    place.upstream.push();
    (void)must(place.opened()->fetch(no_progress, std::nullopt));
    const rlim_t limit = GENERATE(9'000U, 35'000U, 65'000U, 95'000U);
    const auto signal = killed_by([&] {
        const rlimit largest{limit, limit};
        const auto checkout = place.repository();
        if (!checkout->open()) return;
        ::setrlimit(RLIMIT_FSIZE, &largest);
        (void)checkout->switch_to(two);
    });
    REQUIRE(signal == SIGXFSZ);
    CHECK(fs::exists(place.directory / "added/file"));
    // The branch had not moved.
    const auto head = must(place.opened()->head());
    CHECK((first ? !head : head == one));
    SECTION("to the same commit") {
        must(place.opened()->switch_to(two));
        check_is_whole(place, two);
    }
    SECTION("to another commit, without files of the first one") {
        must(place.opened()->switch_to(one));
        check_is_whole(place, one);
        CHECK_FALSE(fs::exists(place.directory / "added"));
    }
}
