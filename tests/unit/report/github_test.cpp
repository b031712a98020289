// SPDX-License-Identifier: Apache-2.0
#include "unit/report/github_fixture.hpp"

namespace inhaul::test {
namespace {

using deployment::Building;
using deployment::Checking;
using deployment::Refused;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

http::Response refusal(int status, const std::string& message,
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
    return {
        .status = status, .headers = std::move(headers), .body = json{{"message", message}}.dump()};
}

}  // namespace

TEST_CASE("a short deployment is reported at its end, with two requests") {
    Desk desk;
    desk.start();
    desk.succeed('b');
    desk.run();
    CHECK(desk.hub.lines == States{"POST /repos/octocat/shop/deployments",
                                   "POST /repos/octocat/shop/deployments/1/statuses"});
    CHECK(desk.hub.states() == std::vector<States>{{"success"}});
    CHECK(desk.hub.made.front().environment == "production/web1");
    CHECK(desk.state().sent);
    CHECK_FALSE(desk.outbox->next_wake());
}

TEST_CASE("a deployment that ends while its start waits is reported at once") {
    Desk desk;
    desk.start();
    auto record = desk.begin('a');
    desk.run(seconds{2});
    CHECK(desk.hub.made.empty());
    desk.enter(record, deployment::Succeeded{commit('a')});
    desk.run(seconds{3});
    CHECK(desk.hub.states() == std::vector<States>{{"success"}});
}

TEST_CASE("a deployment that lasts is in progress after ten seconds, and not before") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{9});
    CHECK(desk.hub.lines.empty());
    desk.run(seconds{5});
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress"}});
    desk.enter(record, deployment::Succeeded{commit('b')});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress", "success"}});
    CHECK(desk.hub.lines.size() == 3);
}

TEST_CASE("two requests are at least a second apart") {
    Desk desk;
    desk.start();
    for (const char to : {'b', 'c', 'd'})
        desk.succeed(to);
    std::vector<SteadyPoint> times;
    while (desk.run(hours{1}, false), !desk.hub.answers.empty()) {
        times.push_back(desk.clock.steady());
        desk.hub.answer_all();
    }
    REQUIRE(times.size() == 8);
    for (std::size_t i = 1; i < times.size(); ++i)
        CHECK(times[i] - times[i - 1] >= seconds{1});
    CHECK(desk.hub.states() ==
          std::vector<States>{{"success", "inactive"}, {"success", "inactive"}, {"success"}});
}

TEST_CASE("a rollback fails the bad commit, and leaves the good one active") {
    Desk desk;
    desk.start();
    desk.succeed('b');
    desk.deploy('c', deployment::RolledBack{commit('b'),
                                            {commit('c'), {ErrorCode::failed, "probe failed"}}});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"success"}, {"failure"}});
    CHECK(desk.hub.made.back().sha == commit('c').hex());
}

TEST_CASE("a repeated failure ends what is open, and opens nothing") {
    Desk desk;
    desk.start();
    desk.fail_with('b', "exit status 1");
    desk.fail_with('b', "exit status 1");
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"error"}});
    auto record = desk.begin('b');
    desk.run(seconds{20});
    CHECK(desk.hub.states() == std::vector<States>{{"error"}, {"in_progress"}});
    desk.enter(record, deployment::Failed{{ErrorCode::failed, "exit status 1"}});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"error"}, {"in_progress", "error"}});
}

TEST_CASE("a refused commit is reported only if its deployment was") {
    Desk desk;
    desk.start();
    desk.deploy('b', Refused{"checkout", "it cannot be written"});
    desk.run();
    CHECK(desk.hub.lines.empty());
    auto record = desk.begin('c');
    desk.run(seconds{20});
    desk.enter(record, Refused{"checkout", "it cannot be written"});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress", "error"}});
}

TEST_CASE("a deployment that continues with a newer commit leaves none open") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{20});
    record.to = commit('c');
    desk.enter(record, Building{commit('c')});
    desk.enter(record, deployment::Succeeded{commit('c')});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress", "error"}, {"success"}});
    CHECK(desk.hub.made.back().sha == commit('c').hex());
}

TEST_CASE("an end that was not reported for a day is ended by the next deployment") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{20});
    desk.enter(record, deployment::Succeeded{commit('b')});
    desk.clock.advance(hours{25});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress"}});
    CHECK(desk.state().error.find("was not sent in time") != std::string::npos);
    desk.succeed('c');
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress", "error"}, {"success"}});
    CHECK(desk.state().error.empty());
}

TEST_CASE("a kill at any save, and a lost answer, repeat and lose nothing") {
    const auto as = GENERATE(GitHubReport::As::deployments, GitHubReport::As::statuses);
    const auto dies_at = GENERATE(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U);
    const bool answered = GENERATE(false, true);
    CAPTURE(static_cast<int>(as), dies_at, answered);
    Desk desk;
    desk.shop.github_report->as = as;
    desk.start();
    desk.succeed('b');
    desk.succeed('c');
    desk.ledger.saves_left = dies_at;
    for (int requests = 0; requests < 20 && desk.ledger.saves_left != 0U; ++requests) {
        desk.run(minutes{1}, false);
        if (desk.ledger.saves_left == 0U && !answered) break;
        desk.hub.answer_all();
    }
    desk.ledger.saves_left.reset();
    desk.start();
    desk.run();
    if (as == GitHubReport::As::deployments) {
        CHECK(desk.hub.states() == std::vector<States>{{"success", "inactive"}, {"success"}});
    } else {
        REQUIRE(desk.hub.statuses.size() == 2);
        CHECK(desk.hub.statuses.front()["sha"] == commit('b').hex());
        CHECK(desk.hub.statuses.back()["sha"] == commit('c').hex());
    }
    CHECK(desk.state().error.empty());
}

TEST_CASE("an answer that does not arrive is looked for after five seconds") {
    Desk desk;
    desk.start();
    desk.succeed('b');
    desk.run(hours{1}, false);
    desk.start();
    const auto before = desk.clock.steady();
    desk.run(hours{1}, false);
    CHECK(desk.clock.steady() - before >= seconds{5});
    CHECK(desk.hub.lines.back() == "GET /repos/octocat/shop/deployments");
    desk.hub.answer_all();
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"success"}});
}

TEST_CASE("a limit of GitHub holds back every app of the token") {
    struct Limited {
        http::Response response;
        Milliseconds least;
    };
    const auto limited = GENERATE(values<Limited>(
        {{refusal(429, "slow down", {{"retry-after", "600"}}), minutes{10}},
         {refusal(403, "You have exceeded a secondary rate limit."), minutes{1}},
         {refusal(403, "API rate limit exceeded", {{"x-ratelimit-remaining", "0"}}), minutes{1}}}));
    Desk desk;
    auto other = desk.shop;
    other.app = *AppName::parse("other");
    desk.start();
    REQUIRE(desk.outbox->set_targets({}, {desk.shop, other}, true));
    desk.hub.instead = {limited.response};
    desk.succeed('b');
    auto record = desk.ledger.begin(other.app, Trigger::poll, {}).value();
    record.to = record.head = commit('b');
    for (const auto& state : {deployment::State{Checking{commit('b')}},
                              deployment::State{deployment::Succeeded{commit('b')}}})
        desk.enter(record, state);
    desk.run(hours{1}, false);
    CHECK(desk.hub.lines.size() == 1);
    desk.hub.answer_all();
    const auto before = desk.clock.steady();
    desk.run(hours{1}, false);
    CHECK(desk.clock.steady() - before >= limited.least);
    desk.hub.answer_all();
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"success"}, {"success"}});
}

TEST_CASE("a refusal names what is missing, and the next deployment is reported") {
    struct Refusal {
        http::Response response;
        GitHubReport::As as;
        std::string said;
    };
    using As = GitHubReport::As;
    const auto refused = GENERATE(values<Refusal>(
        {{refusal(403, "Resource not accessible by personal access token"), As::deployments,
          "HTTP status 403: Resource not accessible by personal access token; the token needs the "
          "permission Deployments: write"},
         {refusal(403, "Resource not accessible by integration"), As::statuses,
          "HTTP status 403: Resource not accessible by integration; the token needs the permission "
          "Commit statuses: write"},
         {refusal(404, "Not Found"), As::deployments,
          "HTTP status 404: Not Found; the token needs the permission Deployments: write"},
         {refusal(422, "No ref found for: x"), As::deployments,
          "HTTP status 422: No ref found for: x"}}));
    Desk desk;
    desk.shop.github_report->as = refused.as;
    desk.start();
    desk.hub.instead = {refused.response};
    desk.succeed('b');
    desk.run();
    CHECK(desk.state().error == refused.said);
    desk.succeed('c');
    desk.run();
    CHECK(desk.state().error.empty());
    CHECK(desk.hub.made.size() + desk.hub.statuses.size() == 1);
}

TEST_CASE("a deployment that somebody deleted on GitHub is not missed") {
    Desk desk;
    desk.start();
    desk.succeed('b');
    desk.run();
    desk.succeed('c');
    desk.run(seconds{5});
    desk.start();
    desk.succeed('d');
    while (desk.run(hours{1}, false), desk.hub.states().back() != States{"success"})
        desk.hub.answer_all();
    desk.hub.answer_all();
    desk.hub.instead = {refusal(404, "Not Found")};
    desk.run();
    CHECK(desk.state().error.empty());
    CHECK(desk.state().github.live == 3);
}

TEST_CASE("commit statuses have a context for each host and app") {
    Desk desk;
    desk.shop.github_report->as = GitHubReport::As::statuses;
    desk.shop.github_report->environment_url = "https://shop.example";
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{20});
    desk.enter(record, deployment::Failed{{ErrorCode::failed, std::string(300, 'x')}});
    desk.run();
    REQUIRE(desk.hub.statuses.size() == 2);
    const auto& pending = desk.hub.statuses.front();
    CHECK(pending["state"] == "pending");
    CHECK(pending["context"] == "inhaul/web1/shop");
    CHECK(pending["target_url"] == "https://shop.example");
    const auto& error = desk.hub.statuses.back();
    CHECK(error["state"] == "error");
    CHECK(error["description"].get<std::string>().size() <= 140);
}

TEST_CASE("a token that cannot be read is retried, and the error names its file") {
    Desk desk;
    desk.start();
    std::filesystem::permissions(*desk.shop.github_report->token_file,
                                 std::filesystem::perms{0644});
    desk.succeed('b');
    desk.run(minutes{1});
    CHECK(desk.hub.lines.empty());
    CHECK(desk.state().error.find("token") != std::string::npos);
    std::filesystem::permissions(*desk.shop.github_report->token_file,
                                 std::filesystem::perms{0600});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"success"}});
}

TEST_CASE("GitHub's POSTs that fail for a day, while its GETs work, are few") {
    Desk desk;
    desk.start();
    desk.hub.to_posts = refusal(502, "Bad Gateway");
    desk.succeed('b');
    desk.run(hours{3});
    CHECK(desk.hub.lines.size() > 4);
    CHECK(desk.hub.lines.size() < 40);
    desk.hub.to_posts.reset();
    desk.run(hours{3});
    CHECK(desk.hub.states() == std::vector<States>{{"success"}});
}

TEST_CASE("the end of a deployment of some seconds is not held back with its start") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{4});
    desk.enter(record, deployment::Succeeded{commit('b')});
    desk.run(seconds{2}, false);
    CHECK_FALSE(desk.hub.answers.empty());
}

TEST_CASE("the number of a renamed repository is not used for another repository") {
    Desk desk;
    desk.start();
    desk.hub.instead.push_back(
        {.status = 307,
         .headers = {{"location", "https://api.github.com/repositories/17/deployments"}},
         .body = "{}"});
    desk.succeed('b');
    desk.run(seconds{0});
    desk.shop.github->name = "other";
    REQUIRE(desk.outbox->set_targets({}, {desk.shop}, true));
    desk.hub.lines.clear();
    desk.hub.to_posts = refusal(403, "Resource not accessible by personal access token");
    desk.run(minutes{1});
    REQUIRE_FALSE(desk.hub.lines.empty());
    CHECK(desk.hub.lines.front() == "POST /repos/octocat/other/deployments");
}

TEST_CASE("an end that a token was not allowed to report is not taken for a deleted deployment") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{15});
    desk.hub.to_posts = refusal(401, "Bad credentials");
    desk.enter(record, deployment::Failed{{ErrorCode::failed, "exit status 1"}});
    desk.run();
    desk.succeed('c');
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress"}});
    CHECK(desk.state().github.open);
    desk.hub.to_posts.reset();
    desk.succeed('d');
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress", "error"}, {"success"}});
}

TEST_CASE("a deployment that continues after a kill and then waits is not left in progress") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.run(seconds{15});
    desk.enter(record, deployment::Held{"windows", "closed"});
    desk.run();
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress", "error"}});
}

TEST_CASE("a start is reported although the clock was set back") {
    Desk desk;
    desk.start();
    auto record = desk.begin('b');
    desk.clock.set_by(-hours{5});
    desk.run(seconds{15});
    CHECK(desk.hub.states() == std::vector<States>{{"in_progress"}});
}

}  // namespace inhaul::test
