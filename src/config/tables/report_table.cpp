// SPDX-License-Identifier: Apache-2.0
#include "report_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <config/values.hpp>

namespace inhaul::config {
namespace {

using As = GitHubReport::As;

constexpr std::size_t longest_environment = 255;  // GitHub's limit
constexpr std::string_view deployments{"deployments"};
constexpr std::string_view statuses{"statuses"};

std::optional<As> read_kind(Document& document) {
    const auto text = document.text("report.github");
    if (!text || *text == "off") return std::nullopt;
    if (*text == deployments) return As::deployments;
    if (*text == statuses) return As::statuses;
    constexpr std::array<std::string_view, 3> choices{deployments, statuses, "off"};
    const auto similar = nearest(*text, choices);
    document.problem("report.github", fmt::format("{} is unknown", in_quotes(*text)),
                     similar ? fmt::format("Did you mean \"{}\"?", *similar)
                             : "Write \"deployments\", \"statuses\" or \"off\".");
    return std::nullopt;
}

std::string read_environment_name(Document& document) {
    auto name = document.text("report.environment").value_or("");
    if (!document.has("report.environment")) return name;
    if (name.empty() || name.size() > longest_environment || has_control_character(name))
        document.problem("report.environment", "is not a name of an environment",
                         "Write at most 255 bytes, such as \"production/web1\".");
    return name;
}

std::string read_environment_url(Document& document) {
    auto text = document.text("report.environment_url").value_or("");
    if (!document.has("report.environment_url")) return text;
    const auto url = Url::parse(text);
    if (!url || url->user || !url->is_web())
        document.problem("report.environment_url",
                         fmt::format("{} is not a URL that GitHub can link to", in_quotes(text)),
                         "Write the address of the app: \"https://myapp.example.com\".");
    return text;
}

}  // namespace

std::optional<GitHubReport> read_report(Document& document, const Settings& settings) {
    const auto as = read_kind(document);
    GitHubReport report{.as = as.value_or(As::deployments),
                        .environment = read_environment_name(document),
                        .environment_url = read_environment_url(document),
                        .token_file = path_at(document, "report.token_file")};
    if (!as) return std::nullopt;
    if (!settings.github && !settings.git_url.empty())
        document.problem("report.github", "needs a repository on GitHub",
                         "Write \"off\", or, for an Enterprise server, set github.api_url.");
    else if (!report.token_file && !settings.token_file)
        document.problem(
            "report.github", "needs a token",
            fmt::format("Add to [report]: token_file = \"…\", a file with a token that "
                        "has the permission {}.",
                        *as == As::statuses ? "Commit statuses: write" : "Deployments: write"));
    if (*as == As::statuses && document.has("report.environment"))
        document.problem("report.environment", "has no effect for github = \"statuses\"",
                         "Remove it.");
    return report;
}

Table table_of(const GitHubReport& report) {
    Table table{"report"};
    const bool is_status = report.as == As::statuses;
    table.add_text("github", is_status ? statuses : deployments);
    if (!report.environment.empty()) table.add_text("environment", report.environment);
    if (!report.environment_url.empty()) table.add_text("environment_url", report.environment_url);
    table.add_path("token_file", report.token_file);
    return table;
}

}  // namespace inhaul::config
