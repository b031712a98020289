// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "database.hpp"

namespace inhaul::ledger {

/// `PRAGMA application_id` of a ledger: "INHL".
inline constexpr std::int64_t application_id = 0x494e484c;

/// SQL that migrates from one schema version (`PRAGMA user_version`) to the next. The first step
/// migrates version 0, an empty file. A released step is never changed. Append new steps.
using Steps = std::span<const char* const>;
[[nodiscard]] Steps all_steps();

/// Fails if this is not a ledger, or a newer version of inhaul wrote it.
[[nodiscard]] Result<void> check_identity(Database& database, Steps steps);
/// Fails like check_identity(), and also if a migration is necessary.
[[nodiscard]] Result<void> check_current(Database& database, Steps steps);

/// Migrates a ledger to the newest version. Each step and its version number are one transaction,
/// so a crash leaves a valid older version. Caller must turn foreign keys off, so that a step may
/// rebuild a table. They are checked at the end of the step.
[[nodiscard]] Result<void> migrate(Database& database, Steps steps);

/// Reads the schema and a row of each table, so that a damaged file is found before a deployment
/// starts.
[[nodiscard]] Result<void> look_at_all(Database& database);

}  // namespace inhaul::ledger
