// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <inhaul/ledger/reports.hpp>
#include <inhaul/notifications.hpp>

/// Which report a target gets next. Pure.
namespace inhaul::report {

struct Choice {
    std::optional<ledger::Report> next;
    ledger::ReportNumber passed = 0;  ///< up to here the target gets nothing
    /// The oldest wanted report that is too old to be sent, and how many there are.
    std::optional<ledger::Report> expired;
    std::int64_t expired_count = 0;
};
/// `pending`: the reports after the last one that is done, the oldest first. `app`: the only app of
/// the target. A report is passed over if the target does not want it, if its cause was reported
/// before (but GitHub and a collector get each end), if it has expired, or if a later report has
/// superseded it: a start by the end, a wait and a silence by what follows.
[[nodiscard]] Choice choose(const std::vector<ledger::Report>& pending, const NotifyTarget& target,
                            const std::optional<AppName>& app, TimePoint now);

/// Returns how long a report may be sent after its time.
[[nodiscard]] Milliseconds lifetime_of(ReportKind kind);

}  // namespace inhaul::report
