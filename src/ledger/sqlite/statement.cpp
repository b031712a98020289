// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/text.hpp>

#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

/// A poll and a step of a deployment need fewer. A statement takes some kilobytes.
constexpr std::size_t most_kept = 12;

}  // namespace

StatementHandle KeptStatements::take(std::string_view sql) {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& statement) {
        return sql == sqlite3_sql(statement.get());
    });
    if (found == kept_.end()) return {};
    auto taken = std::move(*found);
    kept_.erase(found);
    return taken;
}

void KeptStatements::keep(StatementHandle statement) {
    if (kept_.size() == most_kept) kept_.erase(kept_.begin());
    kept_.push_back(std::move(statement));
}

Statement::~Statement() {
    if (!statement_) return;
    // This also ends its read transaction.
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    kept_->keep(std::move(statement_));
}

void Statement::put(std::int64_t value) {
    const int code = sqlite3_bind_int64(statement_.get(), ++bound_, value);
    if (fault_ == SQLITE_OK) fault_ = code;
}

void Statement::put(std::string_view text) {
    // An empty view may have no bytes at all, and that would be NULL.
    const char* const bytes = text.empty() ? "" : text.data();
    const int code = sqlite3_bind_text64(statement_.get(), ++bound_, bytes, text.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
    if (fault_ == SQLITE_OK) fault_ = code;
}

Result<bool> Statement::step() {
    taken_ = 0;
    const int code = fault_ == SQLITE_OK ? sqlite3_step(statement_.get()) : fault_;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    const bool reads = sqlite3_stmt_readonly(statement_.get()) != 0;
    return fail(sqlite_error_at(sqlite3_db_handle(statement_.get()), reads ? "read" : "write"));
}

Error Statement::misfit(int column) const {
    const auto* const text = sqlite3_column_text(statement_.get(), column);
    const std::string value = text == nullptr ? "nothing" : reinterpret_cast<const char*>(text);
    return corrupt(
        fmt::format("{}: {} cannot be `{}`", file_of(sqlite3_db_handle(statement_.get())),
                    sqlite3_column_name(statement_.get(), column), printable(value, 80)));
}

std::optional<std::int64_t> Column<std::int64_t>::read(sqlite3_stmt* row, int column) {
    if (sqlite3_column_type(row, column) != SQLITE_INTEGER) return std::nullopt;
    return sqlite3_column_int64(row, column);
}

std::optional<unsigned> Column<unsigned>::read(sqlite3_stmt* row, int column) {
    const auto value = Column<std::int64_t>::read(row, column);
    if (!value || *value < 0 || *value > std::numeric_limits<unsigned>::max()) return std::nullopt;
    return static_cast<unsigned>(*value);
}

std::optional<bool> Column<bool>::read(sqlite3_stmt* row, int column) {
    const auto value = Column<std::int64_t>::read(row, column);
    if (!value || (*value != 0 && *value != 1)) return std::nullopt;
    return *value == 1;
}

std::optional<TimePoint> Column<TimePoint>::read(sqlite3_stmt* row, int column) {
    const auto value = Column<std::int64_t>::read(row, column);
    if (!value) return std::nullopt;
    // A damaged ledger may hold a number with which no time can be calculated.
    using Limits = std::numeric_limits<std::int64_t>;
    const TimePoint time{Milliseconds{*value}};
    if (time < from_unix_time(Limits::min()) || time > from_unix_time(Limits::max()))
        return std::nullopt;
    return time;
}

std::optional<std::string> Column<std::string>::read(sqlite3_stmt* row, int column) {
    if (sqlite3_column_type(row, column) != SQLITE_TEXT) return std::nullopt;
    const auto* const bytes = sqlite3_column_text(row, column);
    if (bytes == nullptr) return std::nullopt;
    return std::string{reinterpret_cast<const char*>(bytes),
                       static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

std::optional<ErrorCode> Column<ErrorCode>::read(sqlite3_stmt* row, int column) {
    const auto text = Column<std::string>::read(row, column);
    if (!text) return std::nullopt;
    const auto code = error_code_from(*text);
    if (to_string(code) != *text) return std::nullopt;
    return code;
}

}  // namespace inhaul::ledger
