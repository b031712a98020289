// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <inhaul/ledger/ledger.hpp>

#include "database.hpp"

/// Deployments as rows. Caller of a writing function must hold a transaction.
namespace inhaul::ledger {

/// For how long finished deployments are kept, and how many for longer. The age counts from the
/// deployment before the last: the last may have a wrong clock.
inline constexpr std::chrono::hours kept_for{365 * 24};
inline constexpr std::int64_t kept_however_old = 50;

/// Assigns the record its number.
[[nodiscard]] Result<void> insert_record(Database& database, Record& record);
/// Replaces a provisional number by the next visible number.
[[nodiscard]] Result<void> give_number(Database& database, Record& record);
/// Writes the changes of an unfinished record, and its last step.
[[nodiscard]] Result<void> update_record(Database& database, const Record& record);
[[nodiscard]] Result<void> delete_record(Database& database, const Record& record);
/// Deletes the deployments that are not kept.
[[nodiscard]] Result<void> prune_records(Database& database, const AppName& app);

[[nodiscard]] Result<std::optional<Record>> select_unfinished(Database& database,
                                                              const AppName& app);
[[nodiscard]] Result<std::optional<Record>> select_record(Database& database,
                                                          DeploymentNumber number);
/// Returns the newest first.
[[nodiscard]] Result<std::vector<Record>> select_newest(Database& database,
                                                        const std::optional<AppName>& app,
                                                        std::size_t limit);

}  // namespace inhaul::ledger
