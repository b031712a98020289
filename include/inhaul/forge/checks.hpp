#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// What continuous integration says of a commit.
namespace inhaul::forge {

struct Check {
    enum class State {
        green,  ///< success, and what counts as such: neutral, skipped
        pending,
        red,  ///< failure, and everything that is not known to be green
    };
    /// What its name is the name of.
    enum class Kind { job, status, workflow, suite };
    std::string name;
    State state = State::red;
    std::string word;  ///< GitHub's own
    Kind kind = Kind::job;
};

struct CheckReport {
    std::vector<Check> checks;
    /// The token may not read jobs (check runs): the names are those of workflows.
    bool by_workflow = false;
};

/// The port that deploy speaks to. Blocking; for a worker process.
class Checks {
public:
    virtual ~Checks() = default;
    /// Everything that has reported, or was asked for: all of it, or an error. One with code
    /// authentication names the permission that is missing.
    [[nodiscard]] virtual Result<CheckReport> of(const CommitId& commit) = 0;
};

/// Over GitHub's REST API: the combined status (https://docs.github.com/rest/commits/statuses) and
/// the newest check runs (https://docs.github.com/rest/checks/runs). Where all that has reported
/// counts and is green, also the check suites (https://docs.github.com/rest/checks/suites), which
/// know of jobs that have not begun. A token that may not read check runs, as no fine-grained one
/// can, is used to read the workflow runs of Actions in their place.
[[nodiscard]] std::unique_ptr<Checks> github_checks(const Settings& settings);

}  // namespace inhaul::forge
