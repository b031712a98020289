// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/head_answer.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

#include "handle.hpp"

namespace inhaul::ledger {

/// Converts a type to and from a column. read() returns nothing for an invalid value.
template <class T>
struct Column;

/// Prepared statements that are not in use. SQLite takes longer to parse most statements than to
/// run them.
class KeptStatements {
public:
    /// Returns one with this text, or nothing.
    [[nodiscard]] StatementHandle take(std::string_view sql);
    /// Keeps the statement. If there are too many, removes the statement that was kept the longest
    /// time ago.
    void keep(StatementHandle statement);

private:
    std::vector<StatementHandle> kept_;  ///< the newest is the last
};

/// One statement: values are bound and columns are taken from left to right.
class Statement {
public:
    Statement(StatementHandle statement, std::shared_ptr<KeptStatements> kept)
        : statement_(std::move(statement)), kept_(std::move(kept)) {}
    ~Statement();
    Statement(Statement&&) = default;
    Statement& operator=(Statement&&) = delete;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    template <class... Values>
    void bind(const Values&... values) {
        (put(values), ...);
    }

    /// True for a row, false at the end.
    [[nodiscard]] Result<bool> step();

    /// The row's next column; code corrupt when it does not hold a T.
    template <class T>
    [[nodiscard]] Result<T> take() {
        const int column = taken_++;
        auto value = Column<T>::read(statement_.get(), column);
        if (!value) return fail(misfit(column));
        return std::move(*value);
    }

private:
    void put(std::int64_t value);
    void put(std::string_view text);
    void put(std::nullopt_t /*nothing*/) { ++bound_; }  // NULL until it is bound
    void put(std::same_as<bool> auto value) { put(std::int64_t{value}); }
    void put(unsigned value) { put(std::int64_t{value}); }
    void put(const char* text) { put(std::string_view{text}); }
    void put(TimePoint time) { put(std::int64_t{time.time_since_epoch().count()}); }
    void put(const CommitId& commit) { put(std::string_view{commit.hex()}); }
    void put(const AppName& app) { put(std::string_view{app.text()}); }
    void put(Trigger trigger) { put(to_string(trigger)); }
    void put(PollErrorKind kind) { put(to_string(kind)); }
    void put(PollMethod method) { put(to_string(method)); }
    void put(ErrorCode code) { put(to_string(code)); }
    template <class T>
    void put(const std::optional<T>& value) {
        value ? put(*value) : put(std::nullopt);
    }
    [[nodiscard]] Error misfit(int column) const;

    StatementHandle statement_;
    std::shared_ptr<KeptStatements> kept_;
    int bound_ = 0;
    int taken_ = 0;
    int fault_ = SQLITE_OK;  ///< of a bind
};

template <>
struct Column<std::int64_t> {
    static std::optional<std::int64_t> read(sqlite3_stmt* row, int column);
};
template <>
struct Column<unsigned> {
    static std::optional<unsigned> read(sqlite3_stmt* row, int column);
};
template <>
struct Column<bool> {
    static std::optional<bool> read(sqlite3_stmt* row, int column);
};
template <>
struct Column<TimePoint> {
    static std::optional<TimePoint> read(sqlite3_stmt* row, int column);
};
template <>
struct Column<std::string> {
    static std::optional<std::string> read(sqlite3_stmt* row, int column);
};

/// Text of which only some values are valid.
template <class T, std::optional<T> (*parse)(std::string_view)>
struct TextColumn {
    static std::optional<T> read(sqlite3_stmt* row, int column) {
        const auto text = Column<std::string>::read(row, column);
        return text ? parse(*text) : std::nullopt;
    }
};
template <>
struct Column<CommitId> : TextColumn<CommitId, CommitId::parse> {};
template <>
struct Column<AppName> : TextColumn<AppName, AppName::parse> {};
template <>
struct Column<Trigger> : TextColumn<Trigger, trigger_from> {};
template <>
struct Column<PollErrorKind> : TextColumn<PollErrorKind, poll_error_kind_from> {};
template <>
struct Column<PollMethod> : TextColumn<PollMethod, poll_method_from> {};
template <>
struct Column<ErrorCode> {
    static std::optional<ErrorCode> read(sqlite3_stmt* row, int column);
};

template <class T>
struct Column<std::optional<T>> {
    static std::optional<std::optional<T>> read(sqlite3_stmt* row, int column) {
        if (sqlite3_column_type(row, column) == SQLITE_NULL)
            return std::optional<std::optional<T>>{std::in_place};
        auto value = Column<T>::read(row, column);
        if (!value) return std::nullopt;
        return std::optional<std::optional<T>>{std::in_place, std::move(*value)};
    }
};

}  // namespace inhaul::ledger
