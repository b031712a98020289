// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <fmt/format.h>

#include <config/tables/notify_table.hpp>
#include "document.hpp"
#include "hash.hpp"
#include "keys.hpp"
#include "values.hpp"

namespace inhaul::config {

namespace {

using std::chrono::hours;

/// An absolute path with this ending.
std::optional<fs::path> file_at(Document& document, std::string_view key, std::string_view ending) {
    auto path = path_at(document, key);
    if (!path || path->extension() == ending) return path;
    document.problem(key, fmt::format("{} does not end in {}", in_quotes(path->string()), ending),
                     fmt::format("Example: {}", example_line(key, Schema::account)));
    return std::nullopt;
}

std::vector<Table> account_tables_of(const AccountSettings& settings) {
    Table notify{"notify"};
    notify.add_duration("silent_after", settings.silent_after);
    std::vector<Table> tables{std::move(notify)};
    for (const auto& target : settings.targets)
        tables.push_back(table_of(target));
    Table metrics{"metrics"};
    metrics.add_path("textfile", settings.metrics_file);
    Table page{"page"};
    page.add_path("file", settings.page_file);
    tables.push_back(std::move(metrics));
    tables.push_back(std::move(page));
    if (settings.otlp) tables.push_back(table_of(*settings.otlp));
    return tables;
}

}  // namespace

LoadedAccount parse_account(std::string_view toml, const fs::path& file) {
    Document document{toml, file, Schema::account};
    if (document.broken()) return {{}, document.take_problems()};
    document.check_keys();
    AccountSettings settings;
    settings.file = file;
    settings.targets = read_targets(document);
    settings.silent_after = duration_at(document, "notify.silent_after",
                                        {Seconds{10}, hours{30 * 24}}, settings.silent_after);
    settings.metrics_file = file_at(document, "metrics.textfile", ".prom");
    settings.page_file = file_at(document, "page.file", ".html");
    settings.otlp = read_otlp(document);
    if (document.broken()) return {{}, document.take_problems()};
    settings.hash = hash_of(to_toml(settings));
    return {std::move(settings), {}};
}

std::vector<Problem> inspect(const AccountSettings& settings, std::string_view toml) {
    Document document{toml, settings.file, Schema::account};
    auto targets = settings.targets;
    if (settings.otlp) targets.push_back(*settings.otlp);
    inspect_targets(document, targets);
    return document.take_problems();
}

std::string to_toml(const AccountSettings& settings) {
    std::string text;
    for (const auto& table : account_tables_of(settings))
        text += table.print();
    return text.empty() ? text : text.substr(1);
}

}  // namespace inhaul::config
