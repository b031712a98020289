// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/deployment_reports.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"

using namespace inhaul;
using namespace inhaul::forge;
using Outcome = ReportAnswer::Outcome;
using std::chrono::minutes;

namespace {

constexpr TimePoint today{Seconds{1'795'000'000}};
constexpr auto base = "https://api.github.com/repos/octocat/shop";

const CreateDeployment created{.commit = test::commit('a'),
                               .environment = "production/web 1",
                               .description = "inhaul on web1: shop",
                               .key = "0123-17",
                               .host = "web1",
                               .account = "scripts",
                               .app = "shop",
                               .number = 17};

http::Request request_of(const ReportCall& call) {
    return report_request(
        call, {.repository = {"https://api.github.com", "octocat", "shop"}, .token = Secret{"t"}});
}
ReportAnswer answer_of(const ReportCall& call, http::Response response) {
    return read_report_answer(call, std::string{base} + "/deployments", Secret{"github_pat_TOKEN"},
                              response, today);
}
ReportAnswer answer_of(int status, const std::string& body = "{}",
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
    return answer_of(created, {.status = status, .headers = std::move(headers), .body = body});
}
std::int64_t found_in(const ReportCall& call, const std::string& list) {
    const auto answer = answer_of(call, {.status = 200, .headers = {}, .body = list});
    CHECK(answer.what == Outcome::done);
    return answer.id;
}

}  // namespace

TEST_CASE("a deployment is created for the commit itself, without a merge and without checks") {
    const auto request = request_of(created);
    CHECK(request.url == std::string{base} + "/deployments");
    CHECK(request.bearer->reveal() == "t");
    CHECK(*request.body ==
          R"({"auto_merge":false,"description":"inhaul on web1: shop",)"
          R"("environment":"production/web 1","payload":{"account":"scripts","agent":"inhaul",)"
          R"("app":"shop","deployment":17,"host":"web1","id":"0123-17"},)"
          R"("production_environment":false,"ref":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
          R"("required_contexts":[],"task":"deploy","transient_environment":false})");
}

TEST_CASE("a status ends no deployments of others") {
    const auto request =
        request_of(AddDeploymentStatus{42, "success", "is live", "https://shop.example"});
    CHECK(request.url == std::string{base} + "/deployments/42/statuses");
    CHECK(*request.body == R"({"auto_inactive":false,"description":"is live",)"
                           R"("environment_url":"https://shop.example","state":"success"})");
}

TEST_CASE("after a lost answer, inhaul searches for the result of the request") {
    const auto request = request_of(FindDeployment{created});
    CHECK(request.url == std::string{base} +
                             "/deployments?sha=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                             "&environment=production%2Fweb%201&per_page=100");
    CHECK_FALSE(request.body);
    const FindDeployment find{created};
    CHECK(found_in(find, R"([{"id":9,"payload":{"agent":"inhaul","id":"0123-17"}}])") == 9);
    CHECK(found_in(find, R"([{"id":9,"payload":"{\"agent\":\"inhaul\",\"id\":\"0123-17\"}"}])") ==
          9);
    for (const auto* const other :
         {R"([{"id":9,"payload":{"agent":"inhaul","id":"0123-1"}}])",
          R"([{"id":9,"payload":{"agent":"other","id":"0123-17"}}])", R"([{"id":9,"payload":""}])",
          R"([{"id":"9","payload":{"agent":"inhaul","id":"0123-17"}}])", R"([7, null, {}])", "[]"})
        CHECK(found_in(find, other) == 0);

    const FindDeploymentStatus status{AddDeploymentStatus{42, "success", ""}};
    CHECK(found_in(status, R"([{"id":3,"state":"in_progress"},{"id":2,"state":"success"}])") == 2);
    CHECK(found_in(status, R"([{"id":3,"state":"in_progress"}])") == 0);

    const FindCommitStatus mark{AddCommitStatus{test::commit('a'), "success", "inhaul/w/s", "d"}};
    CHECK(found_in(mark, R"([{"id":4,"state":"success","context":"Inhaul/W/s",)"
                         R"("description":"d"}])") == 4);
    CHECK(found_in(mark, R"([{"id":4,"state":"success","context":"ci","description":"d"}])") == 0);
}

TEST_CASE("an answer that is not GitHub's may have followed the work") {
    for (const auto* const body : {"", "<html>", "[]", "{}", R"({"id":0})", R"({"id":"7"})"}) {
        const auto answer = answer_of(201, body);
        CHECK(answer.what == Outcome::later);
        CHECK(answer.unknown);
    }
    CHECK(answer_of(502).unknown);
    CHECK(answer_of(201, R"({"id":7})").id == 7);
    CHECK_FALSE(
        answer_of(FindDeployment{created}, {.status = 502, .headers = {}, .body = ""}).unknown);
}

TEST_CASE("a limit has the wait that GitHub names, in both forms") {
    const auto after = answer_of(429, "{}", {{"retry-after", "90"}});
    CHECK(after.limited);
    CHECK(after.what == Outcome::later);
    CHECK_FALSE(after.unknown);
    CHECK(after.wait == Seconds{90});
    const auto date = answer_of(403, "{}",
                                {{"date", "Wed, 18 Nov 2026 12:00:00 GMT"},
                                 {"retry-after", "Wed, 18 Nov 2026 12:02:00 GMT"}});
    CHECK(date.limited);
    CHECK(date.wait == minutes{2});
    const auto used_up = answer_of(403, "{}",
                                   {{"x-ratelimit-remaining", "0"},
                                    {"date", "Wed, 18 Nov 2026 12:00:00 GMT"},
                                    {"x-ratelimit-reset", "1795003500"}});
    CHECK(used_up.limited);
    CHECK(used_up.wait > minutes{0});
    CHECK(answer_of(403, R"({"message":"You have exceeded a secondary rate limit."})").limited);
    CHECK_FALSE(answer_of(403, R"({"message":"Resource not accessible"})").limited);
    CHECK(answer_of(403, R"({"message":"Resource not accessible"})").what == Outcome::never);
}

TEST_CASE("a renamed repository is addressed by its number, on the same server only") {
    const auto moved =
        answer_of(307, "{}", {{"location", "https://api.github.com/repositories/77/deployments"}});
    CHECK(moved.what == Outcome::moved);
    CHECK(moved.id == 77);
    CHECK(answer_of(307, "{}", {{"location", "https://evil.example/repositories/77/deployments"}})
              .what == Outcome::never);
}

TEST_CASE("a permission is named only if the token lacks it") {
    const auto said = [](int status, const std::string& message,
                         std::vector<std::pair<std::string, std::string>> headers = {}) {
        const auto answer =
            answer_of(status, R"({"message":")" + message + R"("})", std::move(headers));
        CHECK(answer.what == Outcome::never);
        return answer.message;
    };
    CHECK(said(403, "Resource not accessible by integration") ==
          "HTTP status 403: Resource not accessible by integration; the token needs the permission "
          "Deployments: write");
    CHECK(said(404, "Not Found") ==
          "HTTP status 404: Not Found; the token needs the permission Deployments: write");
    CHECK(said(403, "Repository was archived so is read-only.") ==
          "HTTP status 403: Repository was archived so is read-only.");
    CHECK(said(403, "Resource protected by organization SAML enforcement.",
               {{"x-github-sso", "required; url=https://github.com/x"}}) ==
          "HTTP status 403: Resource protected by organization SAML enforcement.; authorize the "
          "token for single sign-on in its settings on GitHub");
    CHECK(said(401, "Bad credentials") ==
          "HTTP status 401: Bad credentials; the token is invalid or expired");
}

TEST_CASE("the beginning of a token is not shown where a long answer is cut") {
    const auto words = std::string(190, 'x') + "github_pat_TOKEN";
    const auto said = answer_of(403, R"({"message":")" + words + "\"}").message;
    CHECK(said.find("xxx") != std::string::npos);
    CHECK(said.find("github") == std::string::npos);
}
