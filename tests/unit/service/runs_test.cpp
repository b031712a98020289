// SPDX-License-Identifier: Apache-2.0
#include "service/runs.hpp"

#include <inhaul/service/service.hpp>

#include "support/catch.hpp"

using namespace inhaul::service;

namespace {

const std::vector<std::string> one{"web.service"};
const std::vector<std::string> two{"web.service", "worker@1.service"};

}  // namespace

TEST_CASE("a unit whose run is the same as before is found") {
    CHECK(has_unchanged_run("a", "a"));
    CHECK_FALSE(has_unchanged_run("a", "b"));
    CHECK_FALSE(has_unchanged_run("a", ""));
    CHECK(
        has_unchanged_run("web.service=a worker@1.service=b", "web.service=c worker@1.service=b"));
    CHECK_FALSE(
        has_unchanged_run("web.service=a worker@1.service=b", "web.service=c worker@1.service=d"));
    CHECK(has_unchanged_run("web.service=a worker@1.service=", "web.service=c worker@1.service="));
}

TEST_CASE("the run of one unit is its invocation") {
    CHECK(text_of({{"web.service", "a"}}, one) == "a");
    CHECK(runs_from("a", one) == Runs{{"web.service", "a"}});
    CHECK(text_of({{"web.service", ""}}, one).empty());
    CHECK(runs_from("", one).empty());
}

TEST_CASE("the text lists the runs of several units in their order, with their names") {
    const Runs runs{{"web.service", "a"}, {"worker@1.service", "b"}};
    CHECK(text_of(runs, two) == "web.service=a worker@1.service=b");
    CHECK(runs_from("web.service=a worker@1.service=b", two) == runs);
}

TEST_CASE("a stopped unit has an empty invocation, and an excluded unit has none") {
    const Runs stopped{{"web.service", "a"}, {"worker@1.service", ""}};
    CHECK(runs_from(text_of(stopped, two), two) == stopped);
    const Runs left{{"worker@1.service", "b"}};
    CHECK(runs_from(text_of(left, two), two) == left);
    CHECK(text_of({{"web.service", ""}, {"worker@1.service", ""}}, two).empty());
}

TEST_CASE("the stored run of a single unit is that of the first unit after others were added") {
    CHECK(runs_from("a", two) == Runs{{"web.service", "a"}});
}

TEST_CASE("an invalid text is harmless") {
    for (const auto* text : {"=", " ", "= =", "a= ", "=a b", "a=b=c"})
        CHECK_NOTHROW(runs_from(text, two));
}
