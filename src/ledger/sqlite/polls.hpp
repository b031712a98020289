// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/ledger/rules.hpp>

#include "database.hpp"

/// Live commits, poll states and budgets as rows.
namespace inhaul::ledger {

[[nodiscard]] Result<Live> select_live(Database& database, const AppName& app);
[[nodiscard]] Result<void> write_live(Database& database, const AppName& app, const Live& live);

[[nodiscard]] Result<PollRecord> select_poll(Database& database, const AppName& app,
                                             const Moment& now);
[[nodiscard]] Result<void> write_poll(Database& database, const AppName& app,
                                      const PollRecord& poll, const Moment& now);
[[nodiscard]] Result<void> write_settings_read(Database& database, const AppName& app,
                                               const std::string& settings_hash);
[[nodiscard]] Result<void> forget_processed_head(Database& database, const AppName& app);

[[nodiscard]] Result<ScheduledRun> select_scheduled_run(Database& database, const AppName& app);
[[nodiscard]] Result<void> write_scheduled_run(Database& database, const AppName& app, Scheduler by,
                                               TimePoint now);

[[nodiscard]] Result<std::optional<TimePoint>> select_block(Database& database,
                                                            const std::string& budget,
                                                            const Moment& now);
/// Deletes expired blocks.
[[nodiscard]] Result<void> write_block(Database& database, const std::string& budget,
                                       TimePoint until, const Moment& now);

}  // namespace inhaul::ledger
