// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <inhaul/ledger/reports.hpp>
#include <inhaul/ledger/rules.hpp>

#include "database.hpp"
#include "deadlines.hpp"

/// Reports and their targets as rows. Caller of a writing function must hold a transaction.
namespace inhaul::ledger {

[[nodiscard]] Result<Faults> select_faults(Database& database, const AppName& app);
/// Writes the reports and replaces the app's faults, if they differ from `before`. Deletes the
/// reports that are not kept.
[[nodiscard]] Result<void> write_reporting(Database& database, const AppName& app,
                                           const Faults& before, const Reporting& reporting);

[[nodiscard]] Result<ReportNumber> select_newest_report(Database& database);
[[nodiscard]] Result<std::vector<Report>> select_reports_after(Database& database,
                                                               ReportNumber number,
                                                               std::size_t limit);

[[nodiscard]] Result<std::optional<TargetState>> select_target(Database& database,
                                                               const std::string& name,
                                                               const Moment& now);
[[nodiscard]] Result<void> insert_target(Database& database, const std::string& name);
[[nodiscard]] Result<void> update_target(Database& database, const std::string& name,
                                         const TargetState& state, const Moment& now);
[[nodiscard]] Result<void> delete_other_targets(Database& database,
                                                const std::vector<std::string>& names);

}  // namespace inhaul::ledger
