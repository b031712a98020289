#pragma once

#include <string>
#include <string_view>

#include <sqlite3.h>

#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// How long a statement waits for other processes.
inline constexpr int busy_wait_milliseconds = 5000;

/// The connection's last error as an operator reads it. `operation` names verb and operand.
[[nodiscard]] Error sqlite_error(sqlite3* connection, const std::string& operation);
/// The same with the connection's own file as the operand.
[[nodiscard]] Error sqlite_error_at(sqlite3* connection, std::string_view verb);

/// The file of a connection.
[[nodiscard]] std::string file_of(sqlite3* connection);

/// Data that cannot be what inhaul wrote.
[[nodiscard]] Error corrupt(std::string message);
/// A file that this account may not use; hints at the right one.
[[nodiscard]] Error not_permitted(std::string message);

}  // namespace inhaul::ledger
