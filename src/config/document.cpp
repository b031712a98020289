#include "document.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "keys.hpp"

namespace inhaul::config {
namespace {

std::string_view type_name(const toml::node& node) {
    if (node.is_table()) return "a table";
    if (node.is_array()) return "an array";
    if (node.is_string()) return "a string";
    if (node.is_integer() || node.is_floating_point()) return "a number";
    if (node.is_boolean()) return "a boolean";
    return "a date or time";
}

bool is_table_name(std::string_view name) {
    const auto prefix = std::string{name} + ".";
    return std::any_of(all_keys.begin(), all_keys.end(),
                       [&](auto key) { return key.starts_with(prefix); });
}

bool is_known(std::string_view key) {
    return !is_table_name(key) &&
           std::find(all_keys.begin(), all_keys.end(), key) != all_keys.end();
}

std::string_view last_part(std::string_view key) {
    return key.substr(key.rfind('.') + 1);
}

/// The key that was probably meant: the same word in another table first, then a similar one.
std::string hint_for(std::string_view key) {
    const auto elsewhere = std::find_if(all_keys.begin(), all_keys.end(), [&](auto known) {
        return last_part(known) == last_part(key);
    });
    if (elsewhere != all_keys.end()) return fmt::format("Did you mean {}?", *elsewhere);
    if (const auto meant = nearest(key, all_keys)) return fmt::format("Did you mean {}?", *meant);
    for (const auto known : all_keys) {
        const std::array last{last_part(known)};
        if (nearest(last_part(key), last)) return fmt::format("Did you mean {}?", known);
    }
    return "The example file that is installed with inhaul lists every key.";
}

}  // namespace

struct Document::Tree {
    toml::table root;
};

Document::Document(std::string_view toml, fs::path file)
    : file_(std::move(file)), tree_(std::make_unique<Tree>()) {
    auto parsed = toml::parse(toml);
    if (parsed) {
        tree_->root = std::move(parsed).table();
        return;
    }
    const auto& where = parsed.error().source().begin;
    problems_.push_back({file_,
                         where.line,
                         where.column,
                         {},
                         fmt::format("not TOML: {}", printable(parsed.error().description())),
                         {}});
}

Document::~Document() = default;

void Document::check_keys() {
    for (const auto& [name, node] : tree_->root) {
        const std::string key{name.str()};
        if (!is_table_name(key)) {
            if (!is_known(key)) problem(key, "unknown key", hint_for(key));
            continue;
        }
        if (!node.is_table()) {
            problem(key, fmt::format("must be a table, but is {}", type_name(node)),
                    fmt::format("Write [{}] on a line of its own, and its keys below.", key));
            continue;
        }
        for (const auto& [inner, value] : *node.as_table()) {
            const auto dotted = key + "." + std::string{inner.str()};
            if (!is_known(dotted)) problem(dotted, "unknown key", hint_for(dotted));
        }
    }
}

bool Document::has(std::string_view key) const {
    return bool{tree_->root.at_path(key)};
}

std::optional<std::string> Document::text(std::string_view key) {
    const auto node = tree_->root.at_path(key);
    if (!node) return std::nullopt;
    if (const auto* value = node.as_string()) return value->get();
    problem(key, fmt::format("must be a string, but is {}", type_name(*node.node())),
            "Put it into double quotes.");
    return std::nullopt;
}

std::optional<std::vector<std::string>> Document::words(std::string_view key) {
    const auto node = tree_->root.at_path(key);
    if (!node) return std::nullopt;
    std::vector<std::string> words;
    if (const auto* array = node.as_array()) {
        for (const auto& item : *array)
            if (const auto* word = item.as_string()) words.push_back(word->get());
        if (words.size() == array->size()) return words;
    }
    problem(key,
            fmt::format("must be an array of strings, but is {}",
                        node.is_array() ? "an array with other things" : type_name(*node.node())),
            R"(Write a program and its arguments: ["supervisorctl", "restart", "myapp"].)");
    return std::nullopt;
}

void Document::problem(std::string_view key, std::string message, std::string hint) {
    Problem found{file_, 0, 0, printable(key), std::move(message), std::move(hint)};
    auto node = tree_->root.at_path(key);
    if (!node && key.find('.') != std::string_view::npos)
        node = tree_->root.at_path(key.substr(0, key.find('.')));
    if (node) {
        found.line = node.node()->source().begin.line;
        found.column = node.node()->source().begin.column;
    }
    problems_.push_back(std::move(found));
}

}  // namespace inhaul::config
