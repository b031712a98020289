// SPDX-License-Identifier: Apache-2.0
#include "forge/check_pages.hpp"

#include <fmt/format.h>

#include "support/catch.hpp"

namespace inhaul::forge {
namespace {

using State = Check::State;

State state_of_run(const std::string& status, const std::string& conclusion) {
    const auto read =
        read_check_runs(R"({"total_count":1,"check_runs":[{"name":"build","status":")" + status +
                        R"(","conclusion":)" + conclusion + "}]}");
    REQUIRE(read);
    REQUIRE(read->items.size() == 1);
    CHECK(read->items.front().check.name == "build");
    return read->items.front().check.state;
}

}  // namespace

TEST_CASE("only a known successful conclusion is green") {
    for (const auto* const good : {"success", "neutral", "skipped"})
        CHECK(state_of_run("completed", '"' + std::string{good} + '"') == State::green);
    for (const auto* const bad : {"failure", "cancelled", "timed_out", "action_required", "stale",
                                  "startup_failure", "what_comes_in_2030"})
        CHECK(state_of_run("completed", '"' + std::string{bad} + '"') == State::red);
    CHECK(state_of_run("completed", "null") == State::red);
}

TEST_CASE("a check that has not completed is pending, whatever its status") {
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
    CHECK(read->total == 4);
    CHECK(read->combined == "failure");
    std::vector<State> states;
    for (const auto& item : read->items)
        states.push_back(item.check.state);
    CHECK(states == std::vector{State::green, State::pending, State::red, State::red});
}

TEST_CASE("a too large answer is an error", "[long]") {
    const auto deep = R"({"total_count":1,"check_runs":)" + std::string(1'000'000, '[');
    std::string many = R"({"total_count":1,"check_runs":[[])";
    for (int i = 0; i < 2'000'000; ++i)
        many += ",[]";
    for (const auto& body : {deep, many + "]}"}) {
        const auto read = read_check_runs(body);
        REQUIRE_FALSE(read);
        CHECK_THAT(read.error().message, test::ContainsSubstring("nested too deeply"));
    }
}

TEST_CASE("an invalid answer is an error, not an empty list") {
    for (const auto* const body :
         {"", "{}", "[]", "null", "{\"check_runs\":7}", "<html>", "{\"check_runs\":[]}",
          "{\"total_count\":-1,\"check_runs\":[]}", "{\"total_count\":1,\"check_runs\":[7]}"}) {
        CAPTURE(body);
        CHECK_FALSE(read_check_runs(body));
        CHECK_FALSE(read_check_suites(body));
        CHECK_FALSE(read_statuses(body));
        CHECK_FALSE(read_workflow_runs(body));
    }
}

TEST_CASE("the last started run of each workflow and event counts") {
    const auto words = [](const std::string& runs) {
        auto page = read_workflow_runs("{\"total_count\":9,\"workflow_runs\":[" + runs + "]}");
        REQUIRE(page);
        std::vector<std::string> found;
        for (const auto& item : newest_of_each(std::move(page->items)))
            found.push_back(item.check.name + " " + item.check.word);
        return found;
    };
    const auto run = [](int workflow, const std::string& event, const std::string& conclusion,
                        const std::string& more) {
        return fmt::format(R"({{"workflow_id":{},"event":"{}","status":"completed",)"
                           R"("conclusion":"{}",{}}})",
                           workflow, event, conclusion, more);
    };
    using Words = std::vector<std::string>;
    // Two files with one name, and none.
    CHECK(words(run(1, "push", "success", R"("name":"CI")") + "," +
                run(2, "push", "failure", R"("name":"CI")")) == Words{"CI success", "CI failure"});
    CHECK(words(run(1, "push", "success", R"("name":null,"path":".github/a.yml")") + "," +
                run(2, "push", "failure", R"("name":null)")) ==
          Words{".github/a.yml success", "workflow 2 failure"});
    CHECK(words(run(1, "push", "success", R"("name":"CI")") + "," +
                run(1, "pull_request", "failure", R"("name":"CI")")) ==
          Words{"CI success", "CI failure"});
    // A second run, in either order, and the first run again after that.
    const auto first = run(1, "push", "failure",
                           R"("name":"CI","run_number":9,"run_started_at":"2026-03-01T10:00:00Z")");
    const auto second =
        run(1, "push", "success",
            R"("name":"CI","run_number":10,"run_started_at":"2026-03-01T11:00:00Z")");
    const auto again = run(1, "push", "cancelled",
                           R"("name":"CI","run_number":9,"run_attempt":2,)"
                           R"("run_started_at":"2026-03-01T12:00:00Z")");
    CHECK(words(first + "," + second) == Words{"CI success"});
    CHECK(words(second + "," + first) == Words{"CI success"});
    CHECK(words(second + "," + again) == Words{"CI cancelled"});
}

TEST_CASE("a suite counts if its runs are incomplete, or if it failed without runs") {
    const auto page = read_check_suites(R"({"total_count":5,"check_suites":[
        {"id":1,"status":"queued","conclusion":null,"latest_check_runs_count":0,"app":{"name":"Idle"}},
        {"id":2,"status":"in_progress","conclusion":null,"latest_check_runs_count":1,"app":{"name":"GitHub Actions"}},
        {"id":3,"status":"completed","conclusion":"startup_failure","latest_check_runs_count":0,"app":{}},
        {"id":4,"status":"completed","conclusion":null,"latest_check_runs_count":0},
        {"id":5,"status":"completed","conclusion":"success","latest_check_runs_count":3}]})");
    REQUIRE(page);
    REQUIRE(page->items.size() == 5);
    std::vector<std::string> named;
    for (const auto& item : page->items)
        if (!item.check.name.empty()) named.push_back(item.check.name + " " + item.check.word);
    CHECK(named ==
          std::vector<std::string>{"GitHub Actions in_progress", "a check suite startup_failure"});
    CHECK(page->items[1].check.state == State::pending);
    CHECK(page->items[2].check.state == State::red);
}

TEST_CASE("a next page is found in each form of Link header, and only there") {
    const auto named = [](std::vector<std::string> links) {
        http::Response response;
        for (auto& link : links)
            response.headers.emplace_back("link", std::move(link));
        return names_next_page(response);
    };
    CHECK(
        named({"<https://api.github.com/x?page=1>; rel=\"prev\", "
               "<https://api.github.com/x?page=3>; rel=\"next\""}));
    CHECK(named({"<https://elsewhere.example/x?page=3>; rel=\"next\""}));
    CHECK(named({"</x?page=3>; rel=next"}));
    CHECK(named(
        {"<https://api.github.com/x?page=1>; rel=prev", "<x>; title=a; Rel = \"last Next\""}));
    CHECK_FALSE(named({}));
    CHECK_FALSE(named({"<https://api.github.com/next?rel=next>; rel=\"last\""}));
    CHECK_FALSE(
        named({"<https://api.github.com/next>; rel=\"prev\", <https://x/next>; rel=first"}));
    for (const auto* const none : {"", "<", "<>", "rel"})
        CHECK_FALSE(named({none}));
}

}  // namespace inhaul::forge
