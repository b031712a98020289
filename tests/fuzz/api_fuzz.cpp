// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <inhaul/forge/deployment_reports.hpp>
#include <inhaul/forge/github.hpp>
#include <inhaul/forge/registration.hpp>

#include "forge/check_pages.hpp"
#include "fuzzing.hpp"
#include "unit/forge/request.hpp"

// The input is the body of an answer of GitHub's API, or of a server in its place.

using namespace inhaul;

namespace {

constexpr TimePoint now{Seconds{1'795'000'000}};

void check_page(const Result<forge::CheckPage>& page) {
    if (!page) return fuzz::require_readable(page.error());
    for (const auto& item : page->items) {
        fuzz::require(!fuzz::has_control_character(item.check.name), "a check's name is clean");
        fuzz::require(item.check.name.size() <= 1000, "a check's name is short");
        fuzz::require(item.check.state != forge::Check::State::green ||
                          item.check.word == "success" || item.check.word == "neutral" ||
                          item.check.word == "skipped",
                      "only a known successful conclusion is green");
    }
    const auto newest = forge::newest_of_each(page->items);
    fuzz::require(newest.size() <= page->items.size(), "a choice has no more checks than the list");
}

/// An object is deleted only by its number, and only if it is on the list.
void check_numbers(const Result<bool>& listed, const Result<std::vector<std::int64_t>>& numbers) {
    if (!listed) fuzz::require_readable(listed.error());
    if (!numbers) return fuzz::require_readable(numbers.error());
    if (!numbers->empty() && listed)
        fuzz::require(*listed, "only an object on the list is deleted");
}

void check_head(const http::Response& response) {
    static const auto app = test::settings();
    static const forge::HeadRequest request{app, test::commit(test::known_hex), {}};
    const auto answer = forge::read_head_reply(response, request, true, now);
    const auto* const poll_error = std::get_if<PollError>(&answer.what);
    if (poll_error == nullptr) return;
    fuzz::require_readable(poll_error->message);
    fuzz::require(!fuzz::has_control_character(poll_error->hint), "a hint is one line");
}

/// An answer is a success only with a number from GitHub.
void check_report(const http::Response& response) {
    const auto commit = test::commit(test::known_hex);
    const forge::CreateDeployment created{
        .commit = commit, .environment = "e", .description = "d", .key = "k"};
    const forge::AddDeploymentStatus added{1, "success", "d"};
    const forge::AddCommitStatus marked{commit, "success", "inhaul/w/a", "d"};
    const std::vector<forge::ReportCall> calls{created, forge::FindDeployment{created},
                                               added,   forge::FindDeploymentStatus{added},
                                               marked,  forge::FindCommitStatus{marked}};
    for (const auto& call : calls) {
        const auto answer = forge::read_report_answer(
            call, "https://api.github.com/repos/o/r/deployments", Secret{"token"}, response, now);
        const bool done = answer.what == forge::ReportAnswer::Outcome::done;
        const bool looks = call.index() % 2 == 1;
        fuzz::require(!done || answer.id > 0 || (looks && answer.id == 0),
                      "a successful request has a number");
        fuzz::require(answer.wait.count() >= 0, "a wait does not end in the past");
        fuzz::require(!fuzz::has_control_character(answer.message), "an answer is one line");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    const auto body = nested(input);
    for (const auto& read : {forge::read_statuses, forge::read_check_runs,
                             forge::read_workflow_runs, forge::read_check_suites})
        check_page(read(body));
    constexpr std::string_view key{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"};
    constexpr std::string_view hook{"https://smee.io/channel"};
    check_numbers(forge::lists_key(body, key), forge::keys_like(body, key));
    check_numbers(forge::lists_webhook(body, hook), forge::webhooks_for(body, hook));
    constexpr std::array statuses{200, 201, 401, 403, 404, 409, 422, 429, 451, 503};
    const http::Response response{.status = statuses.at(input.size() % statuses.size()),
                                  .body = body};
    check_head(response);
    check_report(response);
}
