// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"

#include <fmt/format.h>

#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

// A small page cache of 64 KiB and no lookaside memory. An account has few rows, and the idle agent
// must stay small. A checkpoint moves the log to the file at 1 MiB.
constexpr auto settings =
    "PRAGMA cache_size = -64; PRAGMA wal_autocheckpoint = 256; PRAGMA cell_size_check = ON;";

std::string immutable_uri(const std::filesystem::path& file) {
    std::string uri{"file:"};
    std::error_code error;  // a relative path is opened as it is
    const auto absolute = std::filesystem::absolute(file, error);
    for (const char c : (error ? file : absolute).string()) {
        if (c == '%' || c == '?' || c == '#')
            uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

void configure(sqlite3* connection) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);
    sqlite3_busy_timeout(connection, busy_wait_milliseconds);
}

}  // namespace

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
    const int access = mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const bool immutable = mode == Mode::immutable;
    const auto name = immutable ? immutable_uri(file) : file.string();
    sqlite3* raw = nullptr;
    const int code =
        sqlite3_open_v2(name.c_str(), &raw, access | (immutable ? SQLITE_OPEN_URI : 0), nullptr);
    Database database{DatabaseHandle{raw}};
    const auto operation = fmt::format("open {}", file.string());
    if (raw == nullptr) return fail(ErrorCode::io, operation + ": out of memory", {}, true);
    if (code != SQLITE_OK) return fail(sqlite_error(raw, operation));
    configure(raw);
    TRY(database.run_script(settings));
    return database;
}

std::string Database::file() const {
    return file_of(handle_.get());
}

Result<Statement> Database::prepare(std::string_view sql) {
    if (auto kept = kept_->take(sql)) return Statement{std::move(kept), kept_};
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    StatementHandle statement{raw};
    if (code != SQLITE_OK) return fail(sqlite_error_at(handle_.get(), "read"));
    return Statement{std::move(statement), kept_};
}

Result<void> Database::run_script(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    const bool reads = sqlite3_db_readonly(handle_.get(), "main") == 1;
    return fail(sqlite_error_at(handle_.get(), reads ? "read" : "write"));
}

Result<std::int64_t> Database::number(std::string_view sql) {
    auto statement = TRY(query(sql));
    if (!TRY(statement.step()))
        return fail(ErrorCode::internal, fmt::format("read {}: no row", file()));
    return statement.take<std::int64_t>();
}

Result<void> Database::begin_writing(Survives survives) {
    // Otherwise the removal of the file would not be noticed, and the written data would be lost.
    int moved = 0;
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved != 0)
        return fail(
            ErrorCode::corrupt,
            fmt::format("write {}: the file was moved or removed while it was open", file()),
            "Restore the file if it is needed, and restart inhaul.");
    if (survives_ != survives) {
        TRY(run_script(survives == Survives::power_cut ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL"));
        survives_ = survives;
    }
    return run_script("BEGIN IMMEDIATE");
}

void Database::roll_back() {
    if (sqlite3_get_autocommit(handle_.get()) == 0)
        sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace inhaul::ledger
