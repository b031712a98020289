// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>
#include <inhaul/util/process.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include <wiring.hpp>

namespace inhaul::cli {

/// Runs as a child of the agent. Gets the head over the git protocol. Prints the answer or the
/// error to standard output, where the agent reads it.
ExitCode head(const GlobalOptions& global, const std::string& app) {
    process::end_children_on_termination();
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto settings = found->app(app);
    const auto commit =
        settings ? wiring::remote_head(*settings) : Result<CommitId>{fail(settings.error())};
    print(forge::format_answer(commit) + "\n");
    return ExitCode::done;
}

}  // namespace inhaul::cli
