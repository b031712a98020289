// SPDX-License-Identifier: Apache-2.0
#include "document.hpp"

// Some wrong files violate assertions of toml++, such as a table name that begins with `&`. toml++
// then aborts, or with NDEBUG has undefined behaviour. Without its assertions it reports an error.
// prescan() rejects the files that it cannot report.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/util/text.hpp>

#include "prescan.hpp"
#include "values.hpp"

namespace inhaul::config {
namespace {

constexpr std::size_t shown = 80;  ///< code points of a key

std::string type_and_value(const toml::node& node) {
    if (node.is_string()) return "a string";  // without its value: it may be a misplaced token
    if (const auto* number = node.as_integer()) return fmt::format("the number {}", number->get());
    if (const auto* number = node.as_floating_point())
        return fmt::format("the number {}", number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    if (node.is_table()) return "a table";
    if (node.is_array()) return node.is_array_of_tables() ? "an array of tables" : "an array";
    return node.is_time() ? "a time" : "a date";
}

/// The message of toml++ without its first words.
std::string plain(std::string_view description) {
    constexpr std::string_view prefix{"Error while parsing "};
    if (description.starts_with(prefix)) description.remove_prefix(prefix.size());
    return printable(description);
}

/// Hints for the most common mistakes, by the message of toml++.
std::string hint_for_syntax(std::string_view description) {
    struct Advice {
        std::string_view begin;
        std::string_view hint;
    };
    constexpr std::string_view quotes{
        "Put text and durations in double quotes: \"main\", \"60s\"."};
    constexpr std::array advice{
        Advice{"value", quotes},
        Advice{"boolean", quotes},
        Advice{"decimal integer", quotes},
        Advice{"floating-point", quotes},
        Advice{"key-value pair: expected '='", "Write a key and its value: branch = \"main\"."},
        Advice{"string: encountered end-of-file", "A quotation mark is missing."},
        Advice{"string: unknown escape", "In double quotes, write a backslash twice."},
        Advice{"table header: cannot redefine existing table", "Merge the two tables."},
    };
    for (const auto& [begin, hint] : advice)
        if (description.starts_with(begin)) return std::string{hint};
    return {};
}

/// Returns the words of a command line as a TOML array. Empty if the line needs a shell.
std::optional<std::string> as_array(std::string_view line) {
    if (line.find_first_of("'\"\\$`|&;<>()*?[]{}~#=%\n\t") != std::string_view::npos)
        return std::nullopt;
    std::vector<std::string> words;
    while (!(line = trimmed(line)).empty()) {
        const auto word = line.substr(0, line.find(' '));
        words.push_back(in_quotes(word));
        line.remove_prefix(word.size());
    }
    if (words.empty()) return std::nullopt;
    return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string hint_for_words(std::string_view key, const toml::node& node, Schema schema) {
    if (const auto* text = node.as_string())
        if (const auto array = as_array(text->get()))
            return fmt::format("No shell runs the command. Write: {} = {}",
                               key.substr(key.rfind('.') + 1), *array);
    if (key.ends_with(".events") || key.ends_with(".to"))
        return fmt::format("Example: {}", example_line(key, schema));
    return fmt::format("Write the program and its arguments: {}", example_line(key, schema));
}

std::string hint_for_text(std::string_view key, const toml::node& node, Schema schema) {
    const auto example = example_of(key, schema).value_or("");
    const bool duration = example.size() > 2 && example[1] >= '0' && example[1] <= '9';
    if (duration && node.is_integer())
        return fmt::format("Write a string with a unit: {}", example_line(key, schema));
    return fmt::format("Example: {}", example_line(key, schema));
}

}  // namespace

struct Document::Tree {
    toml::table root;

    [[nodiscard]] const toml::node* find(std::string_view key) const {
        const toml::table* table = &root;
        for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
            table = table->get_as<toml::table>(key.substr(0, dot));
            if (table == nullptr) return nullptr;
            key.remove_prefix(dot + 1);
        }
        return table->get(key);
    }
};

Document::Document(std::string_view toml, fs::path file, Schema schema)
    : file_(std::move(file)), schema_(schema), tree_(std::make_unique<Tree>()) {
    if (auto found = prescan(toml)) {
        problems_.push_back({file_,
                             found->line,
                             found->column,
                             {},
                             std::move(found->message),
                             std::move(found->hint)});
        return;
    }
    auto parsed = toml::parse(toml);
    if (parsed) {
        tree_->root = std::move(parsed).table();
        return;
    }
    const auto& where = parsed.error().source().begin;
    const auto description = plain(parsed.error().description());
    problems_.push_back({file_,
                         where.line,
                         where.column,
                         {},
                         "not TOML: " + description,
                         hint_for_syntax(description)});
}

Document::~Document() = default;

void Document::check_keys() {
    const auto unknown = [&](std::string_view key, const toml::key& at, std::string message,
                             std::string hint) {
        const auto& where = at.source().begin;
        problems_.push_back({file_, where.line, where.column, printable(key, shown),
                             std::move(message), std::move(hint)});
    };
    const auto check = [&](std::string_view table, const toml::table& keys) {
        for (const auto& [inner, value] : keys)
            if (const auto key = fmt::format("{}.{}", table, inner.str());
                !example_of(key, schema_))
                unknown(key, inner, "unknown key", hint_for_unknown_key(key, schema_));
    };
    for (const auto& [name, node] : tree_->root) {
        if (is_table_name(name, schema_)) {
            const auto* const table = node.as_table();
            if (table == nullptr)
                problem(name, fmt::format("must be a table, but is {}", type_and_value(node)),
                        fmt::format("Write [{}] on a line of its own, and its keys below it.",
                                    name.str()));
            else if (name.str() != "notify")
                check(name.str(), *table);
            else
                for (const auto& [target, inner] : *table)
                    if (const auto* const keys = inner.as_table())
                        check(fmt::format("notify.{}", target.str()), *keys);
                    else if (const auto key = fmt::format("notify.{}", target.str());
                             !example_of(key, schema_))
                        unknown(key, target, "unknown key", hint_for_unknown_key(key, schema_));
        } else if (name.str().find('.') != std::string_view::npos || !example_of(name, schema_)) {
            if (node.is_table())
                unknown(name, name, "unknown table", hint_for_unknown_table(name, schema_));
            else
                unknown(name, name, "unknown key", hint_for_unknown_key(name, schema_));
        }
    }
}

std::vector<std::string> Document::tables_in(std::string_view table) const {
    std::vector<std::string> names;
    const auto* const found = tree_->find(table);
    if (found == nullptr || !found->is_table()) return names;
    for (const auto& [name, node] : *found->as_table())
        if (node.is_table()) names.emplace_back(name.str());
    return names;
}

bool Document::has(std::string_view key) const {
    return tree_->find(key) != nullptr;
}

std::optional<std::string> Document::text(std::string_view key) {
    const auto* const node = tree_->find(key);
    if (node == nullptr) return std::nullopt;
    if (const auto* value = node->as_string()) return value->get();
    problem(key, fmt::format("must be a string, but is {}", type_and_value(*node)),
            hint_for_text(key, *node, schema_));
    return std::nullopt;
}

std::optional<std::vector<std::string>> Document::words(std::string_view key) {
    const auto* const node = tree_->find(key);
    if (node == nullptr) return std::nullopt;
    const auto* const array = node->as_array();
    if (array == nullptr) {
        problem(key, fmt::format("must be an array of strings, but is {}", type_and_value(*node)),
                hint_for_words(key, *node, schema_));
        return std::nullopt;
    }
    std::vector<std::string> words;
    for (const auto& item : *array) {
        if (const auto* word = item.as_string()) {
            words.push_back(word->get());
            continue;
        }
        problem(key,
                fmt::format("must contain only strings, but contains {}", type_and_value(item)),
                hint_for_words(key, *node, schema_));
        return std::nullopt;
    }
    return words;
}

std::optional<Commands> Document::commands(std::string_view key) {
    const auto* const node = tree_->find(key);
    const auto* const array = node == nullptr ? nullptr : node->as_array();
    const bool nested = array != nullptr && !array->empty() && array->get(0)->is_array();
    if (!nested) {
        auto one = words(key);
        if (!one) return std::nullopt;
        return one->empty() ? Commands{} : Commands{std::move(*one)};
    }
    Commands found;
    for (const auto& item : *array) {
        const auto* const inner = item.as_array();
        auto& command = found.emplace_back();
        for (std::size_t i = 0; inner != nullptr && i < inner->size(); ++i)
            if (const auto* word = inner->get(i)->as_string()) command.push_back(word->get());
        if (inner != nullptr && command.size() == inner->size()) continue;
        problem(key, "must contain only arrays of strings, one per command",
                fmt::format("Example: {}", example_line(key, schema_)));
        return std::nullopt;
    }
    return found;
}

std::optional<std::vector<std::pair<std::string, std::string>>> Document::pairs(
    std::string_view key) {
    const auto* const node = tree_->find(key);
    if (node == nullptr) return std::nullopt;
    const auto* const table = node->as_table();
    if (table == nullptr) {
        problem(key, fmt::format("must be a table of strings, but is {}", type_and_value(*node)),
                fmt::format("Example: {}", example_line(key)));
        return std::nullopt;
    }
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& [name, value] : *table) {
        if (const auto* text = value.as_string()) {
            found.emplace_back(name.str(), text->get());
            continue;
        }
        problem(key,
                fmt::format("must contain only strings, but {} is {}", in_quotes(name.str()),
                            type_and_value(value)),
                fmt::format("Put the value in double quotes: {}", example_line(key)));
        return std::nullopt;
    }
    return found;
}

std::optional<std::int64_t> Document::number(std::string_view key) {
    const auto* const node = tree_->find(key);
    if (node == nullptr) return std::nullopt;
    if (const auto* value = node->as_integer()) return value->get();
    problem(key, fmt::format("must be a whole number, but is {}", type_and_value(*node)),
            fmt::format("Example: {}", example_line(key, schema_)));
    return std::nullopt;
}

std::optional<bool> Document::flag(std::string_view key) {
    const auto* const node = tree_->find(key);
    if (node == nullptr) return std::nullopt;
    if (const auto* value = node->as_boolean()) return value->get();
    problem(key, fmt::format("must be true or false, but is {}", type_and_value(*node)),
            fmt::format("Example: {}", example_line(key, schema_)));
    return std::nullopt;
}

bool Document::is_text(std::string_view key) const {
    const auto* const node = tree_->find(key);
    return node != nullptr && node->is_string();
}

void Document::problem(std::string_view key, std::string message, std::string hint) {
    Problem found{file_, 1, 1, std::string{key}, std::move(message), std::move(hint)};
    if (const auto* const node = tree_->find(key)) {
        found.line = node->source().begin.line;
        found.column = node->source().begin.column;
    }
    problems_.push_back(std::move(found));
}

std::vector<Problem> Document::take_problems() {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(problems_);
}

}  // namespace inhaul::config
