// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <inhaul/forge/deployment_reports.hpp>
#include <inhaul/ledger/reports.hpp>
#include <inhaul/report/message.hpp>
#include <inhaul/report/outbox.hpp>

/// A report to GitHub takes several requests. The ledger has the state of the report on GitHub, so
/// that each process continues with the next request. Pure.
namespace inhaul::report {

/// The next request of a report.
struct GitHubStep {
    enum class Kind {
        close_previous,       ///< an earlier deployment, whose end was not reported
        create,               ///< the deployment, or its first commit status
        set_state,            ///< its state
        deactivate_previous,  ///< the deployment that was active before is inactive
    };
    Kind kind = Kind::create;
    forge::ReportCall call;
};

/// Returns the next request; nothing if the report is complete. `unknown`: the request before may
/// have been carried out, so the next request queries its result. Creates only a deployment that
/// has begun. A report of a refused or waiting commit, or of a repeated failure, only ends an open
/// deployment.
[[nodiscard]] std::optional<GitHubStep> next_step(const ledger::GitHubState& state,
                                                  const ledger::Report& report, bool unknown,
                                                  const GitHubTarget& target, const Origin& origin);

/// Returns the state on GitHub after a step that is done. `id`: of ReportAnswer.
[[nodiscard]] ledger::GitHubState after_step(ledger::GitHubState state, const GitHubStep& step,
                                             const ledger::Report& report, std::int64_t id);

/// Returns true if the report is complete with this step.
[[nodiscard]] bool completes(const GitHubStep& step, const ledger::Report& report);

/// Returns true for a request that queries whether the request before was carried out.
[[nodiscard]] bool is_query(const GitHubStep& step);

}  // namespace inhaul::report
