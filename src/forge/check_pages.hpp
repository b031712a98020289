// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/forge/checks.hpp>
#include <inhaul/util/http.hpp>

/// What one page of GitHub's lists of checks says. Pure.
namespace inhaul::forge {

struct CheckItem {
    Check check;
    /// By which it is known again on another page; empty where GitHub gives it no number.
    std::string id;
    /// Workflow runs of one group replace one another: that of the greatest `order` counts.
    std::string group = {};
    std::string order = {};
};

struct CheckPage {
    std::uint64_t total = 0;  ///< on all pages together, as GitHub counts them
    std::vector<CheckItem> items;
    std::string combined = {};  ///< the state of all statuses together; only of statuses
};

/// The lists `statuses` of a combined status, `check_runs` and `workflow_runs`.
[[nodiscard]] Result<CheckPage> read_statuses(std::string_view body);
[[nodiscard]] Result<CheckPage> read_check_runs(std::string_view body);
[[nodiscard]] Result<CheckPage> read_workflow_runs(std::string_view body);
/// Of `check_suites` those that say more than their runs do: one with runs that is not complete,
/// and one that failed, perhaps before it had a run. Apps that never run leave theirs queued for
/// ever; these are left out, but count in `total` and as items without a name.
[[nodiscard]] Result<CheckPage> read_check_suites(std::string_view body);

/// Of the runs of each workflow for one event (push, pull_request) the last one to be started,
/// which may be a re-run of an earlier one.
[[nodiscard]] std::vector<CheckItem> newest_of_each(std::vector<CheckItem> runs);

/// Whether an answer names a further page, in whichever form (RFC 8288): in any of its Link lines,
/// quoted or not, relative or not.
[[nodiscard]] bool names_next_page(const http::Response& response);

}  // namespace inhaul::forge
