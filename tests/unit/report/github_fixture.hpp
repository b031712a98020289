// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <inhaul/report/outbox.hpp>
#include <inhaul/util/url.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_ledger.hpp"
#include "support/samples.hpp"
#include "support/temporary_directory.hpp"

/// An outbox with one app that reports to GitHub, and the state of GitHub.
namespace inhaul::test {

using States = std::vector<std::string>;

/// Carries each request out at once. The test decides which answers arrive.
struct FakeGitHub final : report::Transport {
    struct Deployment {
        std::string sha, environment;
        nlohmann::json payload;
        States states;
    };
    std::vector<Deployment> deployments;  ///< GitHub's number is the position + 1
    std::vector<nlohmann::json> statuses;
    std::vector<std::string> lines;  ///< `POST /repos/octocat/shop/deployments`
    std::deque<std::function<void()>> answers;
    std::deque<http::Response> replacements;  ///< the next answers, without carrying anything out
    std::optional<http::Response> answer_to_posts;  ///< the next answers to each POST, likewise

    void request(http::Request request, std::function<void(Result<http::Response>)> done) override {
        const auto url = *Url::parse(request.url);
        lines.push_back((request.body ? "POST " : "GET ") + url.path);
        CHECK(request.bearer->reveal() == "token-of-the-report");
        auto response = !replacements.empty()             ? std::move(replacements.front())
                        : request.body && answer_to_posts ? *answer_to_posts
                                                          : answer_to(request, url);
        if (!replacements.empty()) replacements.pop_front();
        answers.push_back(
            [done = std::move(done), response = std::move(response)] { done(response); });
    }
    void run(report::Program /*program*/,
             std::function<void(Result<report::ProgramResult>)> /*done*/) override {
        FAIL("a program is run");
    }
    void mail(mail::Message /*message*/,
              std::function<void(Result<mail::Reply>)> /*done*/) override {
        FAIL("a mail is sent");
    }
    void answer_all() {
        while (!answers.empty()) {
            const auto first = std::move(answers.front());
            answers.pop_front();
            first();
        }
    }
    [[nodiscard]] std::vector<States> states() const {
        std::vector<States> all;
        for (const auto& each : deployments)
            all.push_back(each.states);
        return all;
    }

private:
    http::Response answer_to(const http::Request& request, const Url& url) {
        const std::string root{"/repos/octocat/shop"};
        REQUIRE(url.path.starts_with(root));
        const auto rest = url.path.substr(root.size());
        const auto body = request.body ? nlohmann::json::parse(*request.body) : nlohmann::json{};
        const auto answer = [](int status, const nlohmann::json& value) {
            return http::Response{.status = status, .headers = {}, .body = value.dump()};
        };
        if (rest == "/deployments" && request.body) {
            deployments.push_back({body["ref"], body["environment"], body["payload"], {}});
            return answer(201, {{"id", deployments.size()}});
        }
        if (rest == "/deployments") {
            nlohmann::json found = nlohmann::json::array();
            for (std::size_t i = deployments.size(); i > 0; --i)
                if (url.query->find("sha=" + deployments[i - 1].sha) != std::string::npos)
                    found.push_back({{"id", i}, {"payload", deployments[i - 1].payload}});
            return answer(200, found);
        }
        if (rest.starts_with("/deployments/")) {
            auto& states = deployments.at(std::stoul(rest.substr(13)) - 1).states;
            if (request.body) states.push_back(body["state"]);
            nlohmann::json found = nlohmann::json::array();
            for (const auto& state : states)
                found.push_back({{"id", 7}, {"state", state}});
            return request.body ? answer(201, {{"id", 7}}) : answer(200, found);
        }
        if (request.body) {
            REQUIRE(rest.starts_with("/statuses/"));
            statuses.push_back(body);
            statuses.back()["sha"] = rest.substr(10);
            statuses.back()["id"] = statuses.size();
            return answer(201, statuses.back());
        }
        nlohmann::json found = nlohmann::json::array();
        for (auto each = statuses.rbegin(); each != statuses.rend(); ++each)
            if (rest.find((*each)["sha"]) != std::string::npos) found.push_back(*each);
        return answer(200, found);
    }
};

struct GitHubWorld {
    TemporaryDirectory directory;
    FakeClock clock;
    FakeLedger ledger{clock};
    Settings shop = settings("shop");
    FakeGitHub github;
    std::unique_ptr<report::Outbox> outbox;

    GitHubWorld() {
        const auto token = directory.path / "token";
        std::ofstream{token} << "token-of-the-report\n";
        std::filesystem::permissions(token, std::filesystem::perms{0600});
        shop.github_report = GitHubReport{};
        shop.github_report->token_file = token;
    }
    /// Also as after a kill: the requests before are never answered.
    void start() {
        outbox.reset();
        github.answers.clear();
        outbox = std::make_unique<report::Outbox>(
            report::Outbox::Ports{github, ledger, ledger, clock}, report::Origin{"web1", "scripts"},
            directory.path / "lock", 1);
        REQUIRE(outbox->set_targets({}, {shop}, true));
    }
    ledger::Record begin(char to) {
        auto record = ledger.begin(shop.app, Trigger::poll, {}).value();
        record.to = record.head = commit(to);
        enter(record, deployment::Checking{commit(to)});
        enter(record, deployment::Building{commit(to)});
        if (outbox) outbox->deploys(shop.app, true);
        return record;
    }
    void enter(ledger::Record& record, const deployment::State& state) {
        record.state = state;
        REQUIRE(ledger.save(record, std::nullopt));
        if (deployment::is_final(state) && outbox) outbox->deploys(shop.app, false);
    }
    void deploy(char to, const deployment::State& end) {
        auto record = begin(to);
        enter(record, end);
    }
    void succeed(char to) { deploy(to, deployment::Succeeded{commit(to)}); }
    void fail_with(char to, const std::string& cause) {
        deploy(to, deployment::Failed{{ErrorCode::failed, cause}});
    }
    /// Runs the outbox for this time, as the agent's loop does. Without `answers`, until a request
    /// is sent.
    void run(Milliseconds time = std::chrono::hours{2}, bool answers = true) {
        const auto end = clock.steady() + time;
        for (int turns = 0; turns < 100'000; ++turns) {
            outbox->tick();
            if (!github.answers.empty()) {
                if (!answers) return;
                github.answer_all();
                continue;
            }
            const auto wake = outbox->next_wake();
            if (!wake || *wake > end) return;
            if (*wake > clock.steady()) clock.advance(*wake - clock.steady());
        }
        FAIL("the outbox never becomes idle");
    }
    [[nodiscard]] ledger::TargetState state() {
        return ledger.target("shop/report.github").value().value();
    }
};

}  // namespace inhaul::test
