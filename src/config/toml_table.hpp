// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::config {

/// The keys of one table of effective settings. `=` and `#` are aligned when it is printed.
class Table {
public:
    explicit Table(std::string name) : name_(std::move(name)) {}

    void add(std::string_view key, std::string value, std::string remark = {}) {
        rows_.push_back({key, std::move(value), std::move(remark)});
    }
    void add_text(std::string_view key, std::string_view text, std::string remark = {}) {
        add(key, toml_string(text), std::move(remark));
    }
    void add_path(std::string_view key, const std::optional<fs::path>& path,
                  std::string remark = {}) {
        if (path) add_text(key, path->string(), std::move(remark));
    }
    void add_duration(std::string_view key, Milliseconds duration, std::string remark = {}) {
        add_text(key, format_duration(duration), std::move(remark));
    }
    /// Returns the table with a blank line before it. Returns nothing for a table without keys.
    [[nodiscard]] std::string print() const;
    void add_to(std::map<std::string, std::string>& keys) const;

private:
    struct Row {
        std::string_view key;
        std::string value;
        std::string remark;
    };
    std::string name_;
    std::vector<Row> rows_;
};

}  // namespace inhaul::config
