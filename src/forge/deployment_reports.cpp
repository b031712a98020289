// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/deployment_reports.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/forge/github.hpp>
#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>

#include "api_request.hpp"
#include "json_text.hpp"
#include "rate_limit.hpp"

namespace inhaul::forge {
namespace {

using Json = nlohmann::json;
using Outcome = ReportAnswer::Outcome;

constexpr std::size_t largest_report_answer = 2 * 1024 * 1024;
constexpr std::size_t message_shown = 200;
constexpr auto agent_name = "inhaul";

/// Path and body of a request: a body makes it a POST.
struct Parts {
    std::string path;
    std::optional<Json> body = {};
};

struct PartsOf {
    Parts operator()(const CreateDeployment& call) const {
        return {"/deployments",
                Json{{"ref", call.commit.hex()},
                     {"task", "deploy"},
                     // Without `auto_merge`, GitHub would merge the default branch into the commit.
                     // Without `required_contexts`, it would refuse a commit that has a check which
                     // is not green.
                     {"auto_merge", false},
                     {"required_contexts", Json::array()},
                     {"environment", call.environment},
                     // Else `success` would change the state of deployments that others reported.
                     {"production_environment", false},
                     {"transient_environment", false},
                     {"description", call.description},
                     {"payload",
                      {{"agent", agent_name},
                       {"id", call.key},
                       {"host", call.host},
                       {"account", call.account},
                       {"app", call.app},
                       {"deployment", call.number}}}}};
    }
    Parts operator()(const FindDeployment& call) const {
        return {fmt::format("/deployments?sha={}&environment={}&per_page=100",
                            call.created.commit.hex(),
                            http::percent_encode(call.created.environment))};
    }
    Parts operator()(const AddDeploymentStatus& call) const {
        Json body{{"state", call.state},
                  {"description", call.description},
                  // Else `success` would end the deployments of other hosts and apps that share
                  // the environment.
                  {"auto_inactive", false}};
        if (!call.environment_url.empty()) body["environment_url"] = call.environment_url;
        return {fmt::format("/deployments/{}/statuses", call.deployment), std::move(body)};
    }
    Parts operator()(const FindDeploymentStatus& call) const {
        return {fmt::format("/deployments/{}/statuses?per_page=100", call.added.deployment)};
    }
    Parts operator()(const AddCommitStatus& call) const {
        Json body{
            {"state", call.state}, {"context", call.context}, {"description", call.description}};
        if (!call.target_url.empty()) body["target_url"] = call.target_url;
        return {fmt::format("/statuses/{}", call.commit.hex()), std::move(body)};
    }
    Parts operator()(const FindCommitStatus& call) const {
        return {fmt::format("/commits/{}/statuses?per_page=100", call.added.commit.hex())};
    }
};

bool writes(const ReportCall& call) {
    return std::visit(PartsOf{}, call).body.has_value();
}

std::string_view permission_for(const ReportCall& call) {
    const bool statuses = std::holds_alternative<AddCommitStatus>(call) ||
                          std::holds_alternative<FindCommitStatus>(call);
    return report_permission(statuses ? GitHubReport::As::statuses : GitHubReport::As::deployments);
}

std::int64_t id_in(const Json& object) {
    const auto found = object.is_object() ? object.find("id") : object.end();
    if (found == object.end() || !found->is_number_integer()) return 0;
    return std::max(found->get<std::int64_t>(), std::int64_t{0});
}

/// GitHub returns a payload as an object or as text.
bool has_key(const Json& deployment, const std::string& key) {
    const auto found = deployment.is_object() ? deployment.find("payload") : deployment.end();
    if (found == deployment.end()) return false;
    const auto text = text_in(deployment, "payload");
    const auto payload =
        found->is_object() ? *found : Json::parse(bounded_json(text), nullptr, false);
    return text_in(payload, "agent") == agent_name && text_in(payload, "id") == key;
}

/// Returns the result of the earlier request, as a list shows it; nothing if the answer is invalid.
struct IdIn {
    const Json& body;

    std::optional<std::int64_t> operator()(const FindDeployment& call) const {
        return first([&](const Json& each) { return has_key(each, call.created.key); });
    }
    std::optional<std::int64_t> operator()(const FindDeploymentStatus& call) const {
        return first([&](const Json& each) { return text_in(each, "state") == call.added.state; });
    }
    std::optional<std::int64_t> operator()(const FindCommitStatus& call) const {
        const auto context = lower_case(call.added.context);
        return first([&](const Json& each) {
            return lower_case(text_in(each, "context")) == context &&
                   text_in(each, "state") == call.added.state &&
                   text_in(each, "description") == call.added.description;
        });
    }
    template <class Created>
    std::optional<std::int64_t> operator()(const Created& /*call*/) const {
        const auto id = id_in(body);
        return id > 0 ? std::optional{id} : std::nullopt;
    }

private:
    template <class Matches>
    [[nodiscard]] std::optional<std::int64_t> first(const Matches& matches) const {
        if (!body.is_array()) return std::nullopt;
        for (const auto& each : body)
            if (matches(each) && id_in(each) > 0) return id_in(each);
        return 0;
    }
};

bool may_pass_later(int status) {
    return status == 408 || status == 425 || status >= 500;
}

}  // namespace

http::Request report_request(const ReportCall& call, const ReportAccess& access) {
    auto parts = std::visit(PartsOf{}, call);
    auto request =
        api_request(access.repository.api +
                        repository_path(access.repository, access.repository_id) + parts.path,
                    access.token, access.ca_file);
    if (parts.body) {
        request.headers.emplace_back("Content-Type: application/json");
        request.body = parts.body->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    request.limits.connect = std::min(request.limits.connect, access.deadline);
    request.limits.total = access.deadline;
    request.limits.body = largest_report_answer;
    return request;
}

ReportAnswer read_report_answer(const ReportCall& call, const std::string& url, const Secret& token,
                                const Result<http::Response>& answer, TimePoint now) {
    ReportAnswer read{.unknown = writes(call)};
    if (!answer) {
        read.message = answer.error().message;
        return read;
    }
    const auto status = answer->status;
    const auto body = Json::parse(bounded_json(answer->body), nullptr, false);
    read.status = status;
    read.message = fmt::format("HTTP status {}", status);
    if (const auto words = text_in(body, "message"); !words.empty())
        read.message += ": " + printable(redact(words, token), message_shown);
    if (status == 200 || status == 201) {
        if (const auto id = std::visit(IdIn{body}, call)) return {.what = Outcome::done, .id = *id};
        read.message = "the answer is not one of GitHub's API: " + read.message;
        return read;
    }
    if (http::is_redirect(status)) {
        if (const auto move = read_move(*answer, url)) {
            read.what = Outcome::moved;
            read.id = move->repository_id;
            return read;
        }
    }
    if (may_pass_later(status)) {
        if (const auto until = read_rate_limit(*answer, now).retry_at) read.wait = *until - now;
        return read;
    }
    read.unknown = false;
    const auto limit = read_rate_limit(*answer, now);
    if (is_rate_limit(*answer, limit, text_in(body, "message"))) {
        read.limited = true;
        if (const auto end = end_of(limit)) read.wait = *end - now;
        return read;
    }
    read.what = Outcome::never;
    if (status == 401)
        read.message += "; the token is invalid or expired";
    else if (answer->header("x-github-sso"))
        read.message += "; authorize the token for single sign-on in its settings on GitHub";
    else
        // A token that may not see a repository gets 404.
        read.lacks_permission =
            status == 404 || text_in(body, "message").find("not accessible") != std::string::npos;
    if (read.lacks_permission)
        read.message += fmt::format("; the token needs the permission {}", permission_for(call));
    return read;
}

ReportCall permission_test(GitHubReport::As as) {
    const auto nowhere = *CommitId::parse(std::string(40, '0'));
    if (as == GitHubReport::As::statuses)
        return AddCommitStatus{.commit = nowhere,
                               .state = "error",
                               .context = std::string{own_contexts} + "test",
                               .description = "inhaul permission test"};
    return CreateDeployment{.commit = nowhere,
                            .environment = "inhaul permission test",
                            .description = "inhaul permission test",
                            .key = {},
                            .host = {},
                            .account = {},
                            .app = {}};
}

ReportAnswer test_permission(http::Client& client, GitHubReport::As as, ReportAccess access,
                             TimePoint now) {
    const auto call = permission_test(as);
    const auto attempt = [&] {
        const auto request = report_request(call, access);
        return read_report_answer(call, request.url, access.token, http::fetch(client, request),
                                  now);
    };
    auto answer = attempt();
    if (answer.what != Outcome::moved) return answer;
    access.repository_id = answer.id;
    return attempt();
}

bool is_permitted(const ReportAnswer& answer) {
    constexpr int no_such_commit = 422;
    return answer.status == no_such_commit;
}

std::string_view report_permission(GitHubReport::As as) {
    return as == GitHubReport::As::statuses ? "Commit statuses: write" : "Deployments: write";
}

}  // namespace inhaul::forge
