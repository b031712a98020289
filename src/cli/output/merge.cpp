// SPDX-License-Identifier: Apache-2.0
#include "merge.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include <inhaul/util/text.hpp>

#include "console.hpp"

namespace inhaul::cli {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

constexpr std::size_t longest_cell = 1000;
/// The nesting of values; ours have five levels. Indentation grows with the square of the depth.
constexpr int max_depth = 16;

std::string_view first_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

Row cells_of(std::string_view line) {
    Row cells;
    for (std::size_t begun = 0; begun <= line.size();) {
        const auto end = std::min(line.find('\t', begun), line.size());
        cells.push_back(printable(line.substr(begun, end - begun), longest_cell));
        begun = end + 1;
    }
    return cells;
}

std::size_t column(const Row& headings, std::string_view name) {
    const auto found = std::find(headings.begin(), headings.end(), name);
    return static_cast<std::size_t>(found - headings.begin());
}

struct Page {
    Row headings;
    std::vector<Row> rows;
    std::string sentences;

    void add(const AccountOutput& output);
    void order(std::optional<std::size_t> limit);
};

void Page::add(const AccountOutput& output) {
    std::string_view text{output.text};
    const auto heading = first_line(text);
    if (heading.find('\t') == std::string_view::npos) return;  // no table
    headings = cells_of(heading);
    for (auto line = first_line(text); !line.empty(); line = first_line(text)) {
        auto row = cells_of(line);
        row.resize(headings.size());
        for (const auto* const name : {"APP", "#"})
            if (const auto at = column(headings, name); at < row.size() && row[at] != "-")
                row[at] = output.account + "/" + row[at];
        rows.push_back(std::move(row));
    }
    while (!text.empty()) {
        const auto line = first_line(text);
        const bool names_app = !line.empty() && line.front() != ' ';
        sentences += (names_app ? output.account + "/" : std::string{}) +
                     printable(line, longest_cell) + "\n";
    }
}

void Page::order(std::optional<std::size_t> limit) {
    const auto started = column(headings, "STARTED");
    if (started == headings.size()) return;
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Row& a, const Row& b) { return a[started] > b[started]; });
    if (limit && rows.size() > *limit) rows.resize(*limit);
}

/// `one` is output of a process of the account, so it may hold anything.
void join(Json& all, const Json& one, const std::string& account) {
    for (const auto& [key, value] : one.items()) {
        // An account may print any JSON. The first type of a key counts.
        if (all.contains(key) && all[key].type() != value.type()) continue;
        if (value.is_boolean()) {
            all[key] = all.value(key, true) && value.get<bool>();
        } else if (value.is_array()) {
            if (!all.contains(key)) all[key] = Json::array();
            for (const auto& element : value) {
                Json with_account{{"account", account}};
                if (element.is_object()) with_account.update(element);
                with_account["account"] = account;  // whatever the element says
                all[key].push_back(std::move(with_account));
            }
        }
    }
}

void newest_first(Json& all, const char* list, const char* time) {
    if (!all.contains(list) || !all[list].is_array()) return;
    const auto at = [&](const Json& element) {
        const auto found = element.find(time);
        return found != element.end() && found->is_string() ? found->get<std::string>()
                                                            : std::string{};
    };
    std::stable_sort(all[list].begin(), all[list].end(),
                     [&](const Json& a, const Json& b) { return at(a) > at(b); });
}

}  // namespace

std::string merged_text(const std::vector<AccountOutput>& all, std::optional<std::size_t> limit,
                        bool terminal) {
    Page page;
    for (const auto& output : all)
        page.add(output);
    if (page.rows.empty()) return all.empty() ? std::string{} : all.front().text;
    // A process of an account may print a table of another width.
    for (auto& row : page.rows)
        row.resize(page.headings.size());
    page.order(limit);
    Table table{page.headings};
    for (const auto& row : page.rows) {
        std::vector<Table::Cell> cells;
        for (const auto& text : row)
            cells.push_back({text});
        table.add(std::move(cells));
    }
    return table.to_string(terminal, false) +
           (page.sentences.empty() ? std::string{} : "\n" + page.sentences);
}

std::string merged_json(const std::vector<AccountOutput>& all, std::optional<std::size_t> limit) {
    auto merged = Json::object();
    for (const auto& output : all) {
        const auto shallow = [](int depth, Json::parse_event_t /*event*/, const Json& /*value*/) {
            return depth <= max_depth;
        };
        const auto one = Json::parse(output.text, shallow, false);
        if (one.is_object()) join(merged, one, output.account);
    }
    newest_first(merged, "deployments", "started");
    for (const auto* const actions : {"operator_actions", "orders"})
        newest_first(merged, actions, "at");
    if (limit && merged.contains("deployments") && merged["deployments"].size() > *limit)
        merged["deployments"].erase(
            merged["deployments"].begin() + static_cast<std::ptrdiff_t>(*limit),
            merged["deployments"].end());
    return merged.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::optional<std::size_t> limit_in(const std::vector<std::string>& options) {
    for (std::string_view option : options) {
        if (!option.starts_with("--limit=")) continue;
        option.remove_prefix(option.find('=') + 1);
        std::size_t limit = 0;
        std::from_chars(option.data(), option.data() + option.size(), limit);
        return limit;
    }
    return std::nullopt;
}

}  // namespace inhaul::cli
