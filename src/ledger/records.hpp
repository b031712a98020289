#pragma once

#include <optional>
#include <vector>

#include <inhaul/ledger/ledger.hpp>

#include "database.hpp"

/// Deployments as rows. What writes expects the caller's transaction.
namespace inhaul::ledger {

/// How many finished deployments of an app are kept; and of those that were older than a year when
/// the one before the last was made: the last may have been made with a wrong clock.
inline constexpr std::int64_t kept_deployments = 500;
inline constexpr std::chrono::hours kept_for{365 * 24};
inline constexpr std::int64_t kept_however_old = 50;

/// Gives the record its number.
[[nodiscard]] Result<void> insert_record(Database& database, Record& record);
/// Writes what may have changed of an unfinished one, and its last step.
/// The next number of those that people see, in the place of a provisional one.
[[nodiscard]] Result<void> give_number(Database& database, Record& record);
[[nodiscard]] Result<void> update_record(Database& database, const Record& record);
[[nodiscard]] Result<void> delete_record(Database& database, const Record& record);
/// Drops what is not to be kept.
[[nodiscard]] Result<void> prune_records(Database& database, const AppName& app);

[[nodiscard]] Result<std::optional<Record>> select_unfinished(Database& database,
                                                              const AppName& app);
[[nodiscard]] Result<std::optional<Record>> select_record(Database& database,
                                                          DeploymentNumber number);
/// The newest first.
[[nodiscard]] Result<std::vector<Record>> select_newest(Database& database,
                                                        const std::optional<AppName>& app,
                                                        std::size_t limit);

}  // namespace inhaul::ledger
