#include <inhaul/forge/checks.hpp>

#include "support/catch.hpp"

namespace inhaul::forge {
namespace {

using State = Check::State;

State state_of_run(const std::string& status, const std::string& conclusion) {
    const auto read =
        read_check_runs(R"({"total_count":1,"check_runs":[{"name":"build","status":")" + status +
                        R"(","conclusion":)" + conclusion + "}]}");
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    CHECK(read->front().name == "build");
    return read->front().state;
}

}  // namespace

TEST_CASE("only a conclusion that is known to be good is green") {
    for (const auto* const good : {"success", "neutral", "skipped"})
        CHECK(state_of_run("completed", '"' + std::string{good} + '"') == State::green);
    for (const auto* const bad : {"failure", "cancelled", "timed_out", "action_required", "stale",
                                  "startup_failure", "what_comes_in_2030"})
        CHECK(state_of_run("completed", '"' + std::string{bad} + '"') == State::red);
    CHECK(state_of_run("completed", "null") == State::red);
}

TEST_CASE("what has not completed is pending, whatever it is called") {
    for (const auto* const status :
         {"queued", "in_progress", "waiting", "requested", "pending", "what_comes_in_2030"})
        CHECK(state_of_run(status, "null") == State::pending);
}

TEST_CASE("each context of a combined status counts for itself") {
    const auto read = read_statuses(
        R"({"state":"failure","statuses":[{"context":"ci/a","state":"success"},
            {"context":"ci/b","state":"pending"},{"context":"ci/c","state":"error"},
            {"context":"ci/d","state":"failure"}],"total_count":4})");
    REQUIRE(read);
    REQUIRE(read->size() == 4);
    CHECK((*read)[0].state == State::green);
    CHECK((*read)[1].state == State::pending);
    CHECK((*read)[2].state == State::red);
    CHECK((*read)[3].state == State::red);
}

TEST_CASE("an answer that is none is an error, and never an empty list") {
    for (const auto* const body : {"", "{}", "[]", "null", "{\"check_runs\":7}", "<html>"}) {
        CAPTURE(body);
        CHECK_FALSE(read_check_runs(body));
        CHECK_FALSE(read_statuses(body));
        CHECK_FALSE(read_workflow_runs(body));
    }
}

TEST_CASE("the next page is where the Link header says, on the same server alone") {
    const std::string asked{"https://api.github.com/repos/o/r/commits/1/check-runs"};
    CHECK(next_page("<https://api.github.com/x?page=1>; rel=\"prev\", "
                    "<https://api.github.com/x?page=3>; rel=\"next\"",
                    asked) == "https://api.github.com/x?page=3");
    CHECK_FALSE(next_page("<https://evil.example/x?page=3>; rel=\"next\"", asked));
    CHECK_FALSE(next_page("<https://api.github.com/x?page=1>; rel=\"last\"", asked));
    for (const auto* const none : {"", "<", "<>", ">; rel=\"next\"", "rel=\"next\""})
        CHECK_FALSE(next_page(none, asked));
}

}  // namespace inhaul::forge
