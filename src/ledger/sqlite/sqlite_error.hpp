// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <sqlite3.h>

#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// How long a statement waits for other processes.
inline constexpr int busy_wait_milliseconds = 5000;

/// Returns the connection's last error for an operator. `operation` contains verb and object.
[[nodiscard]] Error sqlite_error(sqlite3* connection, const std::string& operation);
/// Returns it with the connection's own file as the object.
[[nodiscard]] Error sqlite_error_at(sqlite3* connection, std::string_view verb);

/// The file of a connection.
[[nodiscard]] std::string file_of(sqlite3* connection);

/// Returns the error for data that inhaul cannot have written.
[[nodiscard]] Error corrupt(std::string message);
/// Returns the error for a file that this account may not use.
[[nodiscard]] Error not_permitted(std::string message);

}  // namespace inhaul::ledger
