// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// The CI checks of a commit.
namespace inhaul::forge {

struct Check {
    enum class State {
        green,  ///< success, neutral or skipped
        pending,
        red,  ///< failure, and every unknown state
    };
    /// What `name` names.
    enum class Kind { job, status, workflow, suite };
    std::string name;
    State state = State::red;
    std::string word;  ///< GitHub's own word for the state
    Kind kind = Kind::job;
};

struct CheckReport {
    std::vector<Check> checks;
    /// True if the token may not read jobs (check runs): the names are then names of workflows.
    bool by_workflow = false;
};

/// The port for CI checks. Blocks: for use in a worker process.
class Checks {
public:
    virtual ~Checks() = default;
    /// Returns all checks that have reported or were requested, never a part of them. Fails with
    /// code `authentication` if the token lacks a permission, which the error names.
    [[nodiscard]] virtual Result<CheckReport> of(const CommitId& commit) = 0;
};

/// Reads GitHub's REST API: the combined status (https://docs.github.com/rest/commits/statuses) and
/// the newest check runs (https://docs.github.com/rest/checks/runs). If all checks are required and
/// green, also the check suites (https://docs.github.com/rest/checks/suites), which include jobs
/// that have not started. If the token may not read check runs (no fine-grained token may), the
/// workflow runs of Actions replace them.
[[nodiscard]] std::unique_ptr<Checks> github_checks(const Settings& settings);

}  // namespace inhaul::forge
