// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <type_traits>

/// Tables of values with their names. An entry is a Named, or has at least its members.
namespace inhaul {

template <class Value>
struct Named {
    Value value;
    std::string_view name;
};
template <class Value>
Named(Value, std::string_view) -> Named<Value>;

/// Returns the entry of the value; null without one.
template <class Table, class Value>
[[nodiscard]] constexpr const typename Table::value_type* entry_of(const Table& table,
                                                                   Value value) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const auto& entry) { return entry.value == value; });
    return found == table.end() ? nullptr : &*found;
}

/// Returns the name of the value, or `otherwise`.
template <class Table, class Value>
[[nodiscard]] constexpr std::string_view name_in(const Table& table, Value value,
                                                 std::string_view otherwise) {
    const auto* const entry = entry_of(table, value);
    return entry == nullptr ? otherwise : entry->name;
}

/// Returns the value with the name; nothing for an unknown name.
template <class Table>
[[nodiscard]] constexpr auto value_in(const Table& table, std::string_view name) {
    using Value = std::remove_cv_t<decltype(Table::value_type::value)>;
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const auto& entry) { return entry.name == name; });
    return found == table.end() ? std::optional<Value>{} : std::optional<Value>{found->value};
}

}  // namespace inhaul
