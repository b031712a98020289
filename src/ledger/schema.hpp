#pragma once

#include <span>

#include "database.hpp"

namespace inhaul::ledger {

/// `PRAGMA application_id` of a ledger: "INHL".
inline constexpr std::int64_t application_id = 0x494e484c;

/// SQL that leads from one schema version (`PRAGMA user_version`) to the next: the first from 0,
/// an empty file, to 1. A step is never changed once it was released; a new one goes to the end.
using Steps = std::span<const char* const>;
[[nodiscard]] Steps all_steps();

/// An error unless this is a ledger, and not one of a newer inhaul.
[[nodiscard]] Result<void> check_identity(Database& database, Steps steps);
/// check_identity(), and that there is nothing to migrate.
[[nodiscard]] Result<void> check_current(Database& database, Steps steps);

/// Brings a ledger to the newest version, each step in a transaction of its own together with its
/// number: a process that dies leaves a whole older version. Foreign keys must be off, so that a
/// step may rebuild a table; they are checked at its end.
[[nodiscard]] Result<void> migrate(Database& database, Steps steps);

/// Reads the schema and a row of each table, so that a damaged file is noticed now and not in the
/// middle of a deployment.
[[nodiscard]] Result<void> look_at_all(Database& database);

}  // namespace inhaul::ledger
