// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/checks.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <inhaul/budget.hpp>
#include <inhaul/forge/deployment_reports.hpp>
#include <inhaul/forge/github.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include "api_request.hpp"
#include "check_pages.hpp"
#include "rest_error.hpp"

namespace inhaul::forge {
namespace {

using State = Check::State;

constexpr std::size_t largest_page = 8 * 1024 * 1024;
constexpr std::size_t most_pages = 20;
constexpr std::string_view page_size{"per_page=100"};

/// A list of a commit's checks.
struct List {
    Result<CheckPage> (*read)(std::string_view body);
    std::string_view name;
    std::string_view permission;  ///< that a token needs
};
constexpr List status_list{read_statuses, "statuses", "Commit statuses: read"};
constexpr List check_run_list{read_check_runs, "check runs", "Checks: read"};
constexpr List check_suite_list{read_check_suites, "check suites", "Checks: read"};
constexpr List workflow_run_list{read_workflow_runs, "workflow runs", "Actions: read"};

/// Returns true if GitHub's combined state is worse than the read statuses: then one is missing.
bool is_better_than(const std::vector<CheckItem>& statuses, std::string_view combined) {
    const auto any = [&](State state) {
        return std::any_of(statuses.begin(), statuses.end(),
                           [&](const auto& item) { return item.check.state == state; });
    };
    if (any(State::red) || combined == "success") return false;
    return combined != "pending" || (!statuses.empty() && !any(State::pending));
}

/// The pages of one list that were read so far.
class Collected {
public:
    Result<void> add(CheckPage page) {
        if (pages_ > 0 && page.total != total_) return changed();
        ++pages_;
        total_ = page.total;
        combined_ = std::move(page.combined);
        for (auto& item : page.items) {
            if (!item.id.empty() && !ids_.insert(item.id).second) return changed();
            items_.push_back(std::move(item));
        }
        return {};
    }
    [[nodiscard]] bool complete() const { return items_.size() >= total_; }
    [[nodiscard]] std::size_t pages() const { return pages_; }
    [[nodiscard]] const std::string& combined() const { return combined_; }

    /// Fails if items are missing.
    [[nodiscard]] Result<std::vector<CheckItem>> all(bool more) {
        if (items_.size() == total_ && !more) return std::move(items_);
        return fail(ErrorCode::protocol,
                    more ? fmt::format("another page follows after {}", total_)
                         : fmt::format("read {} of {}", items_.size(), total_),
                    "", true);
    }

private:
    static Result<void> changed() {
        return fail(ErrorCode::protocol, "the list changed during the read", {}, true);
    }
    std::size_t pages_ = 0;
    std::uint64_t total_ = 0;
    std::string combined_;
    std::vector<CheckItem> items_;
    std::set<std::string> ids_;
};

class GitHubChecks final : public Checks {
public:
    explicit GitHubChecks(const Settings& settings) : settings_(settings) {}

    [[nodiscard]] Result<CheckReport> of(const CommitId& commit) override {
        token_ = TRY(secrets_.secret(settings_.token_file));
        CheckReport report;
        append(report, TRY(statuses(commit)));
        auto jobs = pages(of_commit(commit, "check-runs?filter=latest&"), check_run_list);
        report.by_workflow = !jobs && jobs.error().reason == ErrorReason::forbidden;
        if (report.by_workflow) jobs = workflow_runs(commit, jobs.error());
        append(report, TRY(std::move(jobs)));
        if (!report.by_workflow && settings_.require.checked.empty() && all_green(report))
            append(report, TRY(suites(commit)));
        return report;
    }

private:
    static void append(CheckReport& report, std::vector<CheckItem> items) {
        for (auto& item : items)
            if (!item.check.name.empty()) report.checks.push_back(std::move(item.check));
    }
    static bool all_green(const CheckReport& report) {
        return std::all_of(report.checks.begin(), report.checks.end(),
                           [](const Check& check) { return check.state == State::green; });
    }
    static std::string of_commit(const CommitId& commit, std::string_view what) {
        return fmt::format("/commits/{}/{}", commit.hex(), what);
    }

    [[nodiscard]] Result<std::vector<CheckItem>> statuses(const CommitId& commit) {
        auto items = TRY(pages(of_commit(commit, "status?"), status_list));
        // With all checks, the report of a deployment would hold the next one back. A check that
        // the settings name may be the report of another host.
        if (settings_.require.checked.empty())
            std::erase_if(items, [](const CheckItem& item) {
                return lower_case(item.check.name).starts_with(own_contexts);
            });
        return items;
    }

    [[nodiscard]] Result<std::vector<CheckItem>> workflow_runs(const CommitId& commit,
                                                               const Error& refused) {
        auto runs =
            pages(fmt::format("/actions/runs?head_sha={}&", commit.hex()), workflow_run_list);
        if (runs) return newest_of_each(std::move(*runs));
        if (runs.error().reason != ErrorReason::forbidden) return runs;
        return fail(ErrorCode::authentication, refused.message,
                    "Give the token the permission Actions: read (a fine-grained one cannot have "
                    "Checks: read), or use a classic token with the scope repo.");
    }

    /// A job that waits for another has no check run yet; the suite of both is not complete. A
    /// server that does not show suites has no further data.
    [[nodiscard]] Result<std::vector<CheckItem>> suites(const CommitId& commit) {
        auto suites = pages(of_commit(commit, "check-suites?"), check_suite_list);
        if (!suites && suites.error().reason == ErrorReason::forbidden)
            return std::vector<CheckItem>{};
        return suites;
    }

    [[nodiscard]] Result<std::vector<CheckItem>> pages(const std::string& path, const List& list) {
        const auto intent = fmt::format("read the {} of {}", list.name, settings_.github->slug());
        auto items = all_pages(path, list);
        if (items) return items;
        auto error = items.error().within(intent);
        if (error.hint.empty() && error.code == ErrorCode::protocol)
            error.hint =
                "inhaul reads this list again later.\nTo deploy without the checks, run: " +
                inhaul_command(fmt::format("deploy {} --force", settings_.app.text()));
        return fail(std::move(error));
    }

    /// Reads pages by number, until all items that GitHub counts are read. It does not follow Link
    /// headers, but checks at the end that none names a next page.
    [[nodiscard]] Result<std::vector<CheckItem>> all_pages(const std::string& path,
                                                           const List& list) {
        Collected collected;
        bool further = false;
        for (bool more = true; more;) {
            if (collected.pages() == most_pages)
                return fail(ErrorCode::protocol, "the list is longer than inhaul reads",
                            "Name the checks to wait for: require.checks = [\"…\"].");
            const auto number = collected.pages() + 1;
            const auto response = TRY(request(fmt::format(
                "{}{}{}", path, page_size, number == 1 ? "" : fmt::format("&page={}", number))));
            TRY(accepted(response, list));
            auto page = TRY(list.read(response.body));
            const bool empty = page.items.empty();
            TRY(collected.add(std::move(page)));
            more = !collected.complete() && !empty;
            further = names_next_page(response);
        }
        const auto combined = collected.combined();
        auto items = TRY(collected.all(further));
        if (!combined.empty() && is_better_than(items, combined))
            return fail(ErrorCode::protocol,
                        fmt::format("the combined state is {}, but no status has it", combined), {},
                        true);
        return items;
    }

    /// Requests a renamed repository by its number, on the same server.
    [[nodiscard]] Result<http::Response> request(const std::string& path) {
        auto response = TRY(http::fetch(client_, request_for(path)));
        if (!http::is_redirect(response.status) || repository_id_) return response;
        const auto move = read_move(response, request_for(path).url);
        if (!move) return response;
        repository_id_ = move->repository_id;
        return http::fetch(client_, request_for(path));
    }

    [[nodiscard]] http::Request request_for(const std::string& path) const {
        const auto& github = *settings_.github;
        auto request = api_request(github.api + repository_path(github, repository_id_) + path,
                                   token_, settings_.ca_file);
        request.limits.body = largest_page;
        return request;
    }

    [[nodiscard]] Result<void> accepted(const http::Response& response, const List& list) const {
        if (response.status == 200) return {};
        auto error =
            rest_error(response, list.permission, system_clock().now(), settings_.token_file);
        error.budget = rest_budget(settings_.github->api, token_);
        // The next attempt may read them, whatever the status is now.
        if (error.code == ErrorCode::failed) error.code = ErrorCode::network;
        error.transient = error.code == ErrorCode::network;
        return fail(std::move(error));
    }

    Settings settings_;
    http::Client client_;
    SecretFiles secrets_;
    std::optional<Secret> token_;
    std::optional<std::int64_t> repository_id_;  ///< known after a rename
};

}  // namespace

std::unique_ptr<Checks> github_checks(const Settings& settings) {
    return std::make_unique<GitHubChecks>(settings);
}

}  // namespace inhaul::forge
