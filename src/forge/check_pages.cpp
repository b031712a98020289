// SPDX-License-Identifier: Apache-2.0
#include "check_pages.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>

#include "json_text.hpp"

namespace inhaul::forge {
namespace {

using Json = nlohmann::json;
using State = Check::State;

constexpr std::size_t name_shown = 100;

State state_of_status(std::string_view word) {
    if (word == "success") return State::green;
    return word == "pending" ? State::pending : State::red;
}

/// Of a check run, a suite or a workflow run. An unknown conclusion is red.
State state_of_run(std::string_view status, std::string_view conclusion) {
    constexpr std::array green{"success", "neutral", "skipped"};
    if (status != "completed") return State::pending;
    const bool good = std::find(green.begin(), green.end(), conclusion) != green.end();
    return good ? State::green : State::red;
}

std::optional<std::uint64_t> number_in_json(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

std::string id_of(const Json& object, const char* key = "id") {
    const auto number = number_in_json(object, key);
    return number ? std::to_string(*number) : std::string{};
}

/// An answer without a list of objects, or without its length, is invalid.
Result<CheckPage> read_page(std::string_view body, const char* key,
                            CheckItem (*read)(const Json& object)) {
    if (bounded_json(body).empty() && !body.empty())
        return fail(ErrorCode::protocol, "the answer is nested too deeply, or has too many values",
                    {}, true);
    const auto page = Json::parse(bounded_json(body), nullptr, false);
    const auto list = page.is_object() ? page.find(key) : page.end();
    if (!page.is_object() || list == page.end() || !list->is_array())
        return fail(ErrorCode::protocol, fmt::format("the answer has no {}", key), {}, true);
    const auto total = number_in_json(page, "total_count");
    if (!total) return fail(ErrorCode::protocol, "the answer has no total_count", {}, true);
    CheckPage read_so_far{.total = *total, .items = {}, .combined = text_in(page, "state")};
    for (const auto& object : *list) {
        if (!object.is_object())
            return fail(ErrorCode::protocol, fmt::format("an entry of {} is not a check", key), {},
                        true);
        read_so_far.items.push_back(read(object));
    }
    return read_so_far;
}

Check check_of_run(const Json& run, Check::Kind kind) {
    const auto status = text_in(run, "status");
    const auto conclusion = text_in(run, "conclusion");
    return {.name = printable(text_in(run, "name"), name_shown),
            .state = state_of_run(status, conclusion),
            .word = printable(status == "completed" ? conclusion : status, name_shown),
            .kind = kind};
}

CheckItem status_item(const Json& status) {
    const auto word = text_in(status, "state");
    return {.check = {.name = printable(text_in(status, "context"), name_shown),
                      .state = state_of_status(word),
                      .word = printable(word, name_shown),
                      .kind = Check::Kind::status},
            .id = id_of(status)};
}

CheckItem job_item(const Json& run) {
    return {.check = check_of_run(run, Check::Kind::job), .id = id_of(run)};
}

/// Two files may give their workflows the same name, or no name. The same workflow may run for a
/// push and for a pull request.
CheckItem workflow_item(const Json& run) {
    CheckItem item{.check = check_of_run(run, Check::Kind::workflow), .id = id_of(run)};
    const auto workflow = id_of(run, "workflow_id");
    if (item.check.name.empty()) item.check.name = printable(text_in(run, "path"), name_shown);
    if (item.check.name.empty()) item.check.name = fmt::format("workflow {}", workflow);
    item.group = fmt::format("{}\n{}\n{}", workflow, text_in(run, "event"),
                             workflow.empty() ? item.check.name : "");
    // Times are all RFC 3339 in UTC: text sorts as they do.
    item.order = fmt::format("{:>30}{:>20}{:>20}", text_in(run, "run_started_at"),
                             id_of(run, "run_number"), id_of(run, "run_attempt"));
    return item;
}

CheckItem suite_item(const Json& suite) {
    CheckItem item{.check = check_of_run(suite, Check::Kind::suite), .id = id_of(suite)};
    const bool has_runs = number_in_json(suite, "latest_check_runs_count").value_or(0) > 0;
    const bool says_more = (item.check.state == State::pending && has_runs) ||
                           (item.check.state == State::red && !item.check.word.empty());
    const auto app = suite.find("app");
    item.check.name.clear();
    if (says_more && app != suite.end())
        item.check.name = printable(text_in(*app, "name"), name_shown);
    if (says_more && item.check.name.empty()) item.check.name = "a check suite";
    return item;
}

/// Without the URLs, which may hold any word: `; rel="prev", ; rel=next`.
std::string parameters_of(std::string_view link) {
    std::string parameters;
    bool inside = false;
    for (const char c : link) {
        if (c == '<') inside = true;
        if (!inside && c != ' ' && c != '\t') parameters += c;
        if (c == '>') inside = false;
    }
    return lower_case(parameters);
}

/// Also `rel="next last"`, and without quotes.
bool relation_is_next(std::string_view link) {
    constexpr std::string_view relation{"rel="};
    const auto text = parameters_of(link);
    for (auto at = text.find(relation); at != std::string::npos; at = text.find(relation, at + 1))
        if (text.substr(at, text.find_first_of(";,", at) - at).find("next") != std::string::npos)
            return true;
    return false;
}

}  // namespace

Result<CheckPage> read_statuses(std::string_view body) {
    return read_page(body, "statuses", status_item);
}

Result<CheckPage> read_check_runs(std::string_view body) {
    return read_page(body, "check_runs", job_item);
}

Result<CheckPage> read_workflow_runs(std::string_view body) {
    return read_page(body, "workflow_runs", workflow_item);
}

Result<CheckPage> read_check_suites(std::string_view body) {
    return read_page(body, "check_suites", suite_item);
}

std::vector<CheckItem> newest_of_each(std::vector<CheckItem> runs) {
    std::vector<CheckItem> newest;
    for (auto& run : runs) {
        const auto same = std::find_if(newest.begin(), newest.end(), [&](const CheckItem& other) {
            return other.group == run.group;
        });
        if (same == newest.end()) {
            newest.push_back(std::move(run));
        } else if (run.order > same->order) {
            *same = std::move(run);
        }
    }
    return newest;
}

/// May be true for the last page: one request too many is harmless, a missing page is not.
bool names_next_page(const http::Response& response) {
    return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
        return header.first == "link" && relation_is_next(header.second);
    });
}

}  // namespace inhaul::forge
