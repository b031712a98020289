// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/forge/checks.hpp>
#include <inhaul/util/http.hpp>

/// Reads one page of GitHub's lists of checks. Pure.
namespace inhaul::forge {

struct CheckItem {
    Check check;
    /// Identifies the item on another page; empty if GitHub gives it no number.
    std::string id;
    /// Of the workflow runs of one group, only the run with the greatest `order` counts.
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
/// Returns the suites that add information to their runs. These are incomplete suites with runs,
/// and failed suites, which may have no run. Suites of apps that never run stay queued forever:
/// they count in `total` and are items without a name.
[[nodiscard]] Result<CheckPage> read_check_suites(std::string_view body);

/// Returns the run that started last, for each workflow and event (push, pull_request). It may be a
/// re-run of an earlier one.
[[nodiscard]] std::vector<CheckItem> newest_of_each(std::vector<CheckItem> runs);

/// Returns true if the answer names a further page in any of its Link lines. Reads every form of
/// RFC 8288: quoted or unquoted, relative or absolute.
[[nodiscard]] bool names_next_page(const http::Response& response);

}  // namespace inhaul::forge
