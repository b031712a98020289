// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include "deploy_job.hpp"
#include "dry_run.hpp"

namespace inhaul::cli {
namespace {

Result<DeployJob> job_from(const Context& context, const DeployOptions& options) {
    const auto trigger = trigger_from(options.trigger);
    if (!trigger)
        return fail(ErrorCode::usage,
                    fmt::format("--trigger: {} is not a trigger", printable(options.trigger)));
    const auto wait = TRY(parse_wait(options.wait));
    deploy::DeployRequest request{.trigger = *trigger};
    if (!options.to.empty()) request.to = options.to;
    if (!options.expect.empty()) {
        request.expected = CommitId::parse(options.expect);
        if (!request.expected)
            return fail(ErrorCode::usage, fmt::format("--expect: {} is not a full commit ID",
                                                      printable(options.expect)));
    }
    request.origin = *trigger == Trigger::manual ? operator_name() : options.origin;
    request.force = options.force;
    request.again = options.again;
    DeployJob job{TRY(context.app(options.app)), std::move(request), wait};
    job.resume_only = options.resume;
    return job;
}

}  // namespace

ExitCode deploy(const GlobalOptions& global, const DeployOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto job = job_from(*found, options);
    if (!job) return report(job.error());
    if (options.dry_run) return dry_run(*job, *found);
    return run_deploy_job(*job, *found);
}

}  // namespace inhaul::cli
