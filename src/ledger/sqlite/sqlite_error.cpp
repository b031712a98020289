// SPDX-License-Identifier: Apache-2.0
#include "sqlite_error.hpp"

#include <cerrno>

#include <fmt/format.h>

namespace inhaul::ledger {
namespace {

/// sqlite3_system_errno() belongs to the last error of these two kinds.
Error file_error(sqlite3* connection, const std::string& operation) {
    const int number = sqlite3_system_errno(connection);
    if (number == 0)
        return {ErrorCode::io, fmt::format("{}: {}", operation, sqlite3_errmsg(connection))};
    auto error = system_error(number, operation);
    return error.code == ErrorCode::permission ? not_permitted(std::move(error.message)) : error;
}

Error busy(const std::string& operation) {
    return {ErrorCode::timeout,
            fmt::format("{}: another process has locked it for {} s", operation,
                        busy_wait_milliseconds / 1000),
            "To find the process, run: pgrep -a 'inhaul|sqlite3'", true};
}

}  // namespace

// sqlite.org/rescode.html
Error sqlite_error(sqlite3* connection, const std::string& operation) {
    auto message = fmt::format("{}: {}", operation, sqlite3_errmsg(connection));
    switch (sqlite3_errcode(connection) & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return corrupt(std::move(message));
        case SQLITE_FULL:
            return system_error(ENOSPC, operation);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return busy(operation);
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            return file_error(connection, operation);
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return not_permitted(std::move(message));
        case SQLITE_NOMEM:
            return {ErrorCode::io, std::move(message), {}, true};
        default:
            return {ErrorCode::internal, std::move(message)};
    }
}

Error sqlite_error_at(sqlite3* connection, std::string_view verb) {
    return sqlite_error(connection, fmt::format("{} {}", verb, file_of(connection)));
}

std::string file_of(sqlite3* connection) {
    const char* const file = sqlite3_db_filename(connection, "main");
    return file == nullptr ? "the ledger" : file;
}

Error corrupt(std::string message) {
    return {ErrorCode::corrupt, std::move(message),
            "Restore the ledger from a backup, or move it aside together with its -wal and -shm "
            "files. inhaul then starts without a history."};
}

Error not_permitted(std::string message) {
    return {ErrorCode::permission, std::move(message),
            "Run the command as the account of the agent, or set another --state."};
}

}  // namespace inhaul::ledger
