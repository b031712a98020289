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
    GitHubWorld world;
    world.start();
    world.succeed('b');
    world.run();
    CHECK(world.github.lines == States{"POST /repos/octocat/shop/deployments",
                                       "POST /repos/octocat/shop/deployments/1/statuses"});
    CHECK(world.github.states() == std::vector<States>{{"success"}});
    CHECK(world.github.deployments.front().environment == "production/web1");
    CHECK(world.state().sent);
    CHECK_FALSE(world.outbox->next_wake());
}

TEST_CASE("a deployment that ends while its start waits is reported immediately") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('a');
    world.run(seconds{2});
    CHECK(world.github.deployments.empty());
    world.enter(record, deployment::Succeeded{commit('a')});
    world.run(seconds{3});
    CHECK(world.github.states() == std::vector<States>{{"success"}});
}

TEST_CASE("a deployment that lasts is in progress after ten seconds, and not before") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.run(seconds{9});
    CHECK(world.github.lines.empty());
    world.run(seconds{5});
    CHECK(world.github.states() == std::vector<States>{{"in_progress"}});
    world.enter(record, deployment::Succeeded{commit('b')});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress", "success"}});
    CHECK(world.github.lines.size() == 3);
}

TEST_CASE("two requests are at least a second apart") {
    GitHubWorld world;
    world.start();
    for (const char to : {'b', 'c', 'd'})
        world.succeed(to);
    std::vector<SteadyPoint> times;
    while (world.run(hours{1}, false), !world.github.answers.empty()) {
        times.push_back(world.clock.steady());
        world.github.answer_all();
    }
    REQUIRE(times.size() == 8);
    for (std::size_t i = 1; i < times.size(); ++i)
        CHECK(times[i] - times[i - 1] >= seconds{1});
    CHECK(world.github.states() ==
          std::vector<States>{{"success", "inactive"}, {"success", "inactive"}, {"success"}});
}

TEST_CASE("a rollback fails the bad commit, and leaves the good one active") {
    GitHubWorld world;
    world.start();
    world.succeed('b');
    world.deploy('c', deployment::RolledBack{commit('b'),
                                             {commit('c'), {ErrorCode::failed, "probe failed"}}});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"success"}, {"failure"}});
    CHECK(world.github.deployments.back().sha == commit('c').hex());
}

TEST_CASE("a repeated failure ends an open report, and opens none") {
    GitHubWorld world;
    world.start();
    world.fail_with('b', "exit status 1");
    world.fail_with('b', "exit status 1");
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"error"}});
    auto record = world.begin('b');
    world.run(seconds{20});
    CHECK(world.github.states() == std::vector<States>{{"error"}, {"in_progress"}});
    world.enter(record, deployment::Failed{{ErrorCode::failed, "exit status 1"}});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"error"}, {"in_progress", "error"}});
}

TEST_CASE("a refused commit is reported only if its deployment was") {
    GitHubWorld world;
    world.start();
    world.deploy('b', Refused{"checkout", "it cannot be written"});
    world.run();
    CHECK(world.github.lines.empty());
    auto record = world.begin('c');
    world.run(seconds{20});
    world.enter(record, Refused{"checkout", "it cannot be written"});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress", "error"}});
}

TEST_CASE("a deployment that continues with a newer commit leaves none open") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.run(seconds{20});
    record.to = commit('c');
    world.enter(record, Building{commit('c')});
    world.enter(record, deployment::Succeeded{commit('c')});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress", "error"}, {"success"}});
    CHECK(world.github.deployments.back().sha == commit('c').hex());
}

TEST_CASE("an end that was not reported for a day is ended by the next deployment") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.run(seconds{20});
    world.enter(record, deployment::Succeeded{commit('b')});
    world.clock.advance(hours{25});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress"}});
    CHECK(world.state().error.find("was not sent in time") != std::string::npos);
    world.succeed('c');
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress", "error"}, {"success"}});
    CHECK(world.state().error.empty());
}

TEST_CASE("a kill at any save, and a lost answer, repeat and lose nothing", "[long]") {
    const auto as = GENERATE(GitHubReport::As::deployments, GitHubReport::As::statuses);
    const auto dies_at = GENERATE(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U);
    const bool answered = GENERATE(false, true);
    CAPTURE(static_cast<int>(as), dies_at, answered);
    GitHubWorld world;
    world.shop.github_report->as = as;
    world.start();
    world.succeed('b');
    world.succeed('c');
    world.ledger.saves_left = dies_at;
    for (int requests = 0; requests < 20 && world.ledger.saves_left != 0U; ++requests) {
        world.run(minutes{1}, false);
        if (world.ledger.saves_left == 0U && !answered) break;
        world.github.answer_all();
    }
    world.ledger.saves_left.reset();
    world.start();
    world.run();
    if (as == GitHubReport::As::deployments) {
        CHECK(world.github.states() == std::vector<States>{{"success", "inactive"}, {"success"}});
    } else {
        REQUIRE(world.github.statuses.size() == 2);
        CHECK(world.github.statuses.front()["sha"] == commit('b').hex());
        CHECK(world.github.statuses.back()["sha"] == commit('c').hex());
    }
    CHECK(world.state().error.empty());
}

TEST_CASE("an answer that does not arrive is looked for after five seconds") {
    GitHubWorld world;
    world.start();
    world.succeed('b');
    world.run(hours{1}, false);
    world.start();
    const auto before = world.clock.steady();
    world.run(hours{1}, false);
    CHECK(world.clock.steady() - before >= seconds{5});
    CHECK(world.github.lines.back() == "GET /repos/octocat/shop/deployments");
    world.github.answer_all();
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"success"}});
}

TEST_CASE("a limit of GitHub delays every app of the token") {
    struct Limited {
        http::Response response;
        Milliseconds least;
    };
    const auto limited = GENERATE(values<Limited>(
        {{refusal(429, "slow down", {{"retry-after", "600"}}), minutes{10}},
         {refusal(403, "You have exceeded a secondary rate limit."), minutes{1}},
         {refusal(403, "API rate limit exceeded", {{"x-ratelimit-remaining", "0"}}), minutes{1}}}));
    GitHubWorld world;
    auto other = world.shop;
    other.app = *AppName::parse("other");
    world.start();
    REQUIRE(world.outbox->set_targets({}, {world.shop, other}, true));
    world.github.replacements = {limited.response};
    world.succeed('b');
    auto record = world.ledger.begin(other.app, Trigger::poll, {}).value();
    record.to = record.head = commit('b');
    for (const auto& state : {deployment::State{Checking{commit('b')}},
                              deployment::State{deployment::Succeeded{commit('b')}}})
        world.enter(record, state);
    world.run(hours{1}, false);
    CHECK(world.github.lines.size() == 1);
    world.github.answer_all();
    const auto before = world.clock.steady();
    world.run(hours{1}, false);
    CHECK(world.clock.steady() - before >= limited.least);
    world.github.answer_all();
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"success"}, {"success"}});
}

TEST_CASE("a refusal names the missing permission, and the next deployment is reported") {
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
    GitHubWorld world;
    world.shop.github_report->as = refused.as;
    world.start();
    world.github.replacements = {refused.response};
    world.succeed('b');
    world.run();
    CHECK(world.state().error == refused.said);
    world.succeed('c');
    world.run();
    CHECK(world.state().error.empty());
    CHECK(world.github.deployments.size() + world.github.statuses.size() == 1);
}

TEST_CASE("a deployment that was deleted on GitHub causes no error") {
    GitHubWorld world;
    world.start();
    world.succeed('b');
    world.run();
    world.succeed('c');
    world.run(seconds{5});
    world.start();
    world.succeed('d');
    while (world.run(hours{1}, false), world.github.states().back() != States{"success"})
        world.github.answer_all();
    world.github.answer_all();
    world.github.replacements = {refusal(404, "Not Found")};
    world.run();
    CHECK(world.state().error.empty());
    CHECK(world.state().github.live == 3);
}

TEST_CASE("commit statuses have a context for each host and app") {
    GitHubWorld world;
    world.shop.github_report->as = GitHubReport::As::statuses;
    world.shop.github_report->environment_url = "https://shop.example";
    world.start();
    auto record = world.begin('b');
    world.run(seconds{20});
    world.enter(record, deployment::Failed{{ErrorCode::failed, std::string(300, 'x')}});
    world.run();
    REQUIRE(world.github.statuses.size() == 2);
    const auto& pending = world.github.statuses.front();
    CHECK(pending["state"] == "pending");
    CHECK(pending["context"] == "inhaul/web1/shop");
    CHECK(pending["target_url"] == "https://shop.example");
    const auto& error = world.github.statuses.back();
    CHECK(error["state"] == "error");
    CHECK(error["description"].get<std::string>().size() <= 140);
}

TEST_CASE("a token that cannot be read is retried, and the error names its file") {
    GitHubWorld world;
    world.start();
    std::filesystem::permissions(*world.shop.github_report->token_file,
                                 std::filesystem::perms{0644});
    world.succeed('b');
    world.run(minutes{1});
    CHECK(world.github.lines.empty());
    CHECK(world.state().error.find("token") != std::string::npos);
    std::filesystem::permissions(*world.shop.github_report->token_file,
                                 std::filesystem::perms{0600});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"success"}});
}

TEST_CASE("GitHub's POSTs that fail for a day, while its GETs work, are few") {
    GitHubWorld world;
    world.start();
    world.github.answer_to_posts = refusal(502, "Bad Gateway");
    world.succeed('b');
    world.run(hours{3});
    CHECK(world.github.lines.size() > 4);
    CHECK(world.github.lines.size() < 40);
    world.github.answer_to_posts.reset();
    world.run(hours{3});
    CHECK(world.github.states() == std::vector<States>{{"success"}});
}

TEST_CASE("the end of a deployment of some seconds is not held back with its start") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.run(seconds{4});
    world.enter(record, deployment::Succeeded{commit('b')});
    world.run(seconds{2}, false);
    CHECK_FALSE(world.github.answers.empty());
}

TEST_CASE("the number of a renamed repository is not used for another repository") {
    GitHubWorld world;
    world.start();
    world.github.replacements.push_back(
        {.status = 307,
         .headers = {{"location", "https://api.github.com/repositories/17/deployments"}},
         .body = "{}"});
    world.succeed('b');
    world.run(seconds{0});
    world.shop.github->name = "other";
    REQUIRE(world.outbox->set_targets({}, {world.shop}, true));
    world.github.lines.clear();
    world.github.answer_to_posts = refusal(403, "Resource not accessible by personal access token");
    world.run(minutes{1});
    REQUIRE_FALSE(world.github.lines.empty());
    CHECK(world.github.lines.front() == "POST /repos/octocat/other/deployments");
}

TEST_CASE(
    "an end that a token had no permission to report does not count as a deleted deployment") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.run(seconds{15});
    world.github.answer_to_posts = refusal(401, "Bad credentials");
    world.enter(record, deployment::Failed{{ErrorCode::failed, "exit status 1"}});
    world.run();
    world.succeed('c');
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress"}});
    CHECK(world.state().github.open);
    world.github.answer_to_posts.reset();
    world.succeed('d');
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress", "error"}, {"success"}});
}

TEST_CASE("a deployment that continues after a kill and then waits is not left in progress") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.run(seconds{15});
    world.enter(record, deployment::Held{"windows", "closed"});
    world.run();
    CHECK(world.github.states() == std::vector<States>{{"in_progress", "error"}});
}

TEST_CASE("a start is reported although the clock was set back") {
    GitHubWorld world;
    world.start();
    auto record = world.begin('b');
    world.clock.set_by(-hours{5});
    world.run(seconds{15});
    CHECK(world.github.states() == std::vector<States>{{"in_progress"}});
}

}  // namespace inhaul::test
