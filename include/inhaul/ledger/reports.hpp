// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/ledger/record.hpp>
#include <inhaul/model.hpp>
#include <inhaul/notifications.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

using ReportNumber = std::int64_t;

/// An event to report to operators or programs. Written in the transaction of the state that it
/// reports.
struct Report {
    ReportNumber number = 0;  ///< ascending, in the order of the transactions
    std::string id;           ///< 32 hex digits, unique among all ledgers
    AppName app;
    ReportKind kind = ReportKind::failed;
    std::optional<DeploymentNumber> deployment = {};
    std::optional<CommitId> commit = {};  ///< the commit that the report is about
    std::optional<CommitId> from = {};    ///< the live commit before the deployment
    std::optional<CommitSummary> summary = {};
    std::string cause = {};  ///< the failed step and the reason, or the event that it waits for
    std::string hint = {};
    /// The same cause was reported before and has not cleared. Only GitHub and a collector of
    /// traces get it, because the deployment has ended.
    bool repeated = false;
    TimePoint time = {};
};

/// A reported cause that has not cleared. It is not reported again.
struct Fault {
    ReportKind kind = ReportKind::failed;
    std::string key;      ///< identifies the cause, without numbers that differ each time
    std::string message;  ///< of the report
    bool operator==(const Fault&) const = default;
};
using Faults = std::vector<Fault>;

/// What GitHub has of the deployments that a target reported: see report/github.hpp.
struct GitHubState {
    std::string key;  ///< 32 hex digits, unique among all targets of all ledgers
    std::optional<DeploymentNumber> deployment = {};  ///< the last one that was reported
    std::optional<CommitId> commit = {};              ///< its commit
    std::int64_t id = 0;    ///< GitHub's number of it; 0 with commit statuses
    bool open = false;      ///< its end is not reported
    std::int64_t live = 0;  ///< GitHub's number of the deployment that is active there
    bool operator==(const GitHubState&) const = default;
};

/// How far a target has got.
struct TargetState {
    ReportNumber done = 0;  ///< the last report that was sent, skipped or given up
    unsigned attempts = 0;  ///< to send the next report
    unsigned unknown = 0;   ///< attempts whose result is unknown: the process died
    bool sending = false;   ///< an attempt was started and its result is not recorded
    std::optional<TimePoint> next_attempt = {};  ///< not before
    std::string error = {};                      ///< of the last attempt; empty if it succeeded
    std::optional<TimePoint> error_since = {};
    std::optional<TimePoint> sent = {};  ///< the last success
    GitHubState github = {};
    std::int64_t count_sent = 0;     ///< messages
    std::int64_t count_failed = 0;   ///< that the target refused, or may not have got
    std::int64_t count_expired = 0;  ///< that could not be sent in time
    /// The URL that the target's server has called gone (HTTP status 410), as a hash. Nothing is
    /// sent while the target has this URL.
    std::string gone = {};
};

/// Stores the reports and how far each target has got with them.
class ReportStore {
public:
    virtual ~ReportStore() = default;

    /// Returns the number of the newest report; 0 without reports.
    [[nodiscard]] virtual Result<ReportNumber> newest_report() = 0;
    /// Returns at most `limit` reports with greater numbers, the oldest first.
    [[nodiscard]] virtual Result<std::vector<Report>> reports_after(ReportNumber number,
                                                                    std::size_t limit) = 0;
    /// Returns the state of a target. Empty for an unknown target.
    [[nodiscard]] virtual Result<std::optional<TargetState>> target(const std::string& name) = 0;
    /// Adds a target that starts with the next report. Does nothing for a known target.
    [[nodiscard]] virtual Result<void> add_target(const std::string& name) = 0;
    [[nodiscard]] virtual Result<void> save_target(const std::string& name,
                                                   const TargetState& state) = 0;
    /// Deletes the state of all other targets.
    [[nodiscard]] virtual Result<void> keep_targets(const std::vector<std::string>& names) = 0;
    /// Returns the reported causes of an app that have not cleared, the newest last.
    [[nodiscard]] virtual Result<Faults> faults(const AppName& app) = 0;
    /// Returns the time until ReportKind::polls_failing is due. Returns nothing if the forge's last
    /// answer was no error, or if the report was written before. Writes the report if that time is
    /// over.
    [[nodiscard]] virtual Result<std::optional<Milliseconds>> check_silence(
        const AppName& app, Milliseconds silent_after) = 0;
};

}  // namespace inhaul::ledger
