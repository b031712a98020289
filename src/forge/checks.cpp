#include <inhaul/forge/checks.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/http.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include "json_text.hpp"

namespace inhaul::forge {
namespace {

using Json = nlohmann::json;
using State = Check::State;

constexpr std::size_t largest_page = 8 * 1024 * 1024;
constexpr int most_pages = 20;
constexpr std::size_t name_shown = 100;

State state_of_status(std::string_view word) {
    if (word == "success") return State::green;
    return word == "pending" ? State::pending : State::red;
}

/// Of a check run or a workflow run. A conclusion that is not known is not green.
State state_of_run(std::string_view status, std::string_view conclusion) {
    constexpr std::array green{"success", "neutral", "skipped"};
    if (status != "completed") return State::pending;
    const bool good = std::find(green.begin(), green.end(), conclusion) != green.end();
    return good ? State::green : State::red;
}

/// The objects of a page; an answer that has not got them is none.
Result<std::vector<Json>> items_of(std::string_view body, const char* key) {
    const auto page = Json::parse(body, nullptr, false);
    const auto list = page.is_object() ? page.find(key) : page.end();
    if (!page.is_object() || list == page.end() || !list->is_array())
        return fail(ErrorCode::protocol, fmt::format("the answer has no {}", key), {}, true);
    std::vector<Json> items;
    for (const auto& item : *list)
        if (item.is_object()) items.push_back(item);
    return items;
}

Result<std::vector<Check>> read_runs(std::string_view body, const char* key) {
    std::vector<Check> checks;
    for (const auto& run : TRY(items_of(body, key))) {
        const auto status = text_in(run, "status");
        const auto conclusion = text_in(run, "conclusion");
        checks.push_back({printable(text_in(run, "name"), name_shown),
                          state_of_run(status, conclusion),
                          printable(status == "completed" ? conclusion : status, name_shown)});
    }
    return checks;
}

using ReadPage = Result<std::vector<Check>> (*)(std::string_view body);

class GitHubChecks final : public Checks {
public:
    explicit GitHubChecks(const Settings& settings) : settings_(settings), client_("inhaul") {}

    [[nodiscard]] Result<std::vector<Check>> of(const CommitId& commit) override {
        token_ = TRY(secrets_.secret(settings_.token_file));
        const auto commits = fmt::format("/commits/{}", commit.hex());
        auto checks = TRY(pages(commits + "/status?per_page=100", read_statuses, "statuses"));
        auto runs = pages(commits + "/check-runs?filter=latest&per_page=100", read_check_runs,
                          "check runs");
        if (!runs && runs.error().code == ErrorCode::authentication)
            runs = workflow_runs(commit, runs.error());
        for (auto& run : TRY(std::move(runs)))
            checks.push_back(std::move(run));
        return checks;
    }

private:
    [[nodiscard]] Result<std::vector<Check>> workflow_runs(const CommitId& commit,
                                                           const Error& refused) {
        auto runs = pages(fmt::format("/actions/runs?head_sha={}&per_page=100", commit.hex()),
                          read_workflow_runs, "workflow runs");
        if (runs || runs.error().code != ErrorCode::authentication) return newest(std::move(runs));
        return fail(ErrorCode::authentication, refused.message,
                    "Give the token the permission Actions: read (a fine-grained one cannot have "
                    "Checks: read), or use a classic token with the scope repo.");
    }

    /// The newest run of each workflow comes first.
    static Result<std::vector<Check>> newest(Result<std::vector<Check>> runs) {
        auto all = TRY(std::move(runs));
        std::vector<Check> first;
        for (auto& run : all)
            if (std::none_of(first.begin(), first.end(),
                             [&](const Check& other) { return other.name == run.name; }))
                first.push_back(std::move(run));
        return first;
    }

    [[nodiscard]] Result<std::vector<Check>> pages(const std::string& path, ReadPage read,
                                                   std::string_view what) {
        const auto& github = *settings_.github;
        std::optional<std::string> url =
            fmt::format("{}/repos/{}/{}{}", github.api, http::percent_encode(github.owner),
                        http::percent_encode(github.name), path);
        const auto intent = fmt::format("read the {} of {}", what, github.slug());
        std::vector<Check> checks;
        for (int page = 0; url && page < most_pages; ++page) {
            const auto response = TRY_WITHIN(intent, ask(*url));
            TRY_WITHIN(intent, accepted(response));
            for (auto& check : TRY_WITHIN(intent, read(response.body)))
                checks.push_back(std::move(check));
            url = next_page(response.header("link").value_or(""), *url);
        }
        if (url)
            return fail(ErrorCode::protocol, intent + ": more than are read",
                        "Name the checks that count: require.checks = [\"…\"].");
        return checks;
    }

    [[nodiscard]] Result<http::Response> ask(const std::string& url) {
        http::Request request{
            .url = url,
            .headers = {"Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28"},
            .bearer = token_,
            .ca_file = settings_.ca_file};
        request.limits.body = largest_page;
        return http::fetch(client_, std::move(request));
    }

    [[nodiscard]] Result<void> accepted(const http::Response& response) const {
        if (response.status == 200) return {};
        const auto body = Json::parse(response.body, nullptr, false);
        const auto said = text_in(body, "message");
        auto message = fmt::format("status {}{}", response.status,
                                   said.empty() ? "" : ": " + printable(said, 200));
        const bool limited = response.status == 429 || response.header("retry-after") ||
                             response.header("x-ratelimit-remaining") == "0";
        const bool denied =
            response.status == 401 || response.status == 403 || response.status == 404;
        if (denied && !limited)
            return fail(ErrorCode::authentication, std::move(message),
                        "Give the token the permission Commit statuses: read.");
        return fail(ErrorCode::network, std::move(message), {}, true);
    }

    Settings settings_;
    http::Client client_;
    SecretFiles secrets_;
    std::optional<Secret> token_;
};

}  // namespace

Result<std::vector<Check>> read_statuses(std::string_view body) {
    std::vector<Check> checks;
    for (const auto& status : TRY(items_of(body, "statuses"))) {
        const auto word = text_in(status, "state");
        checks.push_back({printable(text_in(status, "context"), name_shown), state_of_status(word),
                          printable(word, name_shown)});
    }
    return checks;
}

Result<std::vector<Check>> read_check_runs(std::string_view body) {
    return read_runs(body, "check_runs");
}

Result<std::vector<Check>> read_workflow_runs(std::string_view body) {
    return read_runs(body, "workflow_runs");
}

std::optional<std::string> next_page(std::string_view link, std::string_view asked_url) {
    while (!link.empty()) {
        const auto open = link.find('<');
        const auto close = link.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
        const auto url = link.substr(open + 1, close - open - 1);
        const auto rest = link.substr(close + 1);
        const auto parameters = rest.substr(0, rest.find('<'));
        if (parameters.find("rel=\"next\"") != std::string_view::npos) {
            const auto origin = http::origin_of(url);
            if (!origin || origin != http::origin_of(asked_url)) return std::nullopt;
            return std::string{url};
        }
        link = rest.substr(parameters.size());
    }
    return std::nullopt;
}

std::unique_ptr<Checks> github_checks(const Settings& settings) {
    return std::make_unique<GitHubChecks>(settings);
}

}  // namespace inhaul::forge
