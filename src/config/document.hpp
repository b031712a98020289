// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/settings.hpp>

#include "keys.hpp"

namespace inhaul::config {

/// A TOML file. Collects all its problems while it is read.
class Document {
public:
    /// If the text is not TOML, notes a problem, and the document is empty.
    Document(std::string_view toml, fs::path file, Schema schema = Schema::app);
    ~Document();
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// Notes a problem for each unknown key and table, with the nearest known name.
    void check_keys();

    /// Returns the value of a dotted key. Empty if the key is absent, or has another type, which is
    /// noted as a problem.
    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view key);
    /// Returns commands, each an array of strings. A single command needs no outer brackets.
    [[nodiscard]] std::optional<Commands> commands(std::string_view key);
    /// Returns the names and values of a table of strings.
    [[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> pairs(
        std::string_view key);
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view key);
    [[nodiscard]] std::optional<bool> flag(std::string_view key);
    /// True if the key exists and is a string.
    [[nodiscard]] bool is_text(std::string_view key) const;
    /// Returns the names of the tables in a table, in alphabetical order.
    [[nodiscard]] std::vector<std::string> tables_in(std::string_view table) const;
    /// True if the key exists, with any type.
    [[nodiscard]] bool has(std::string_view key) const;

    /// Notes a problem at the key's value, or at the beginning of the file if the key is absent.
    void problem(std::string_view key, std::string message, std::string hint = {});
    [[nodiscard]] bool broken() const { return !problems_.empty(); }
    /// Returns the problems in the order of their positions.
    [[nodiscard]] std::vector<Problem> take_problems();

private:
    struct Tree;
    fs::path file_;
    Schema schema_;
    std::unique_ptr<Tree> tree_;
    std::vector<Problem> problems_;
};

}  // namespace inhaul::config
