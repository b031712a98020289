// SPDX-License-Identifier: Apache-2.0
#include "toml_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "hash.hpp"

namespace inhaul::config {
namespace {

std::string padded(std::string_view text, std::size_t width) {
    const auto taken = columns(text);
    return std::string{text} + std::string(width > taken ? width - taken : 0, ' ');
}

}  // namespace

std::string Table::print() const {
    if (rows_.empty()) return {};
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    for (const auto& row : rows_) {
        key_width = std::max(key_width, columns(row.key));
        if (!row.remark.empty()) value_width = std::max(value_width, columns(row.value));
    }
    auto text = name_.empty() ? std::string{} : fmt::format("\n[{}]\n", name_);
    for (const auto& [key, value, remark] : rows_) {
        text += padded(key, key_width) + " = ";
        text += remark.empty() ? value : padded(value, value_width) + "  # " + remark;
        text += '\n';
    }
    return text;
}

void Table::add_to(std::map<std::string, std::string>& keys) const {
    for (const auto& row : rows_)
        keys[fmt::format("{}{}{}", name_, name_.empty() ? "" : ".", row.key)] = row.value;
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (is_control(c))
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + "\"";
}

std::string toml_array(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : ", ") + toml_string(word);
    return "[" + out + "]";
}

std::string hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return fmt::format("{:016x}", hash);
}

}  // namespace inhaul::config
