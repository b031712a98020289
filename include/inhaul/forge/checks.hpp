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
    std::string name;
    State state = State::red;
    std::string word;  ///< GitHub's own
};

/// The port that deploy speaks to. Blocking; for a worker process.
class Checks {
public:
    virtual ~Checks() = default;
    /// Everything that has reported, or was asked for. An error with code authentication names the
    /// permission that is missing.
    [[nodiscard]] virtual Result<std::vector<Check>> of(const CommitId& commit) = 0;
};

/// Over GitHub's REST API: the combined status
/// (https://docs.github.com/rest/commits/statuses) and the newest check runs
/// (https://docs.github.com/rest/checks/runs). A token that may not read check runs, as no
/// fine-grained one can, is used to read the workflow runs of Actions in their place.
[[nodiscard]] std::unique_ptr<Checks> github_checks(const Settings& settings);

/// One page of each; pure. `contexts` of a combined status, `check_runs`, `workflow_runs`.
[[nodiscard]] Result<std::vector<Check>> read_statuses(std::string_view body);
[[nodiscard]] Result<std::vector<Check>> read_check_runs(std::string_view body);
[[nodiscard]] Result<std::vector<Check>> read_workflow_runs(std::string_view body);

/// Where the next page is: `rel="next"` of a Link header (RFC 8288), if it is one of the same
/// server's.
[[nodiscard]] std::optional<std::string> next_page(std::string_view link,
                                                   std::string_view asked_url);

}  // namespace inhaul::forge
