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
/// `pending`: the reports after the last report that is done, the oldest first. `app`: the only app
/// of the target. A report is passed over if:
/// * the settings of the target exclude it;
/// * its cause was reported before, except for GitHub and a collector, which get each end;
/// * it has expired;
/// * a later report has superseded it. The end supersedes a start. The next wait or the deployment
///   supersedes a wait. An answer from the forge supersedes a silence.
[[nodiscard]] Choice choose(const std::vector<ledger::Report>& pending, const NotifyTarget& target,
                            const std::optional<AppName>& app, TimePoint now);

/// Returns how long a report may be sent after its time.
[[nodiscard]] Milliseconds lifetime_of(ReportKind kind);

}  // namespace inhaul::report
