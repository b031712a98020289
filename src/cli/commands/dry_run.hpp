// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cli/commands/deploy_job.hpp>

namespace inhaul::cli {

/// `inhaul deploy --dry-run`: prints the steps of the deployment without doing them. A refused or
/// held commit is reported, with the exit status of the deployment.
[[nodiscard]] ExitCode dry_run(const DeployJob& job, const Context& context);

}  // namespace inhaul::cli
