// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cli/commands/deploy_job.hpp>

namespace inhaul::cli {

/// `inhaul deploy --dry-run`: what the deployment would do. Refused and held are said, and exit as
/// the deployment itself would.
[[nodiscard]] ExitCode dry_run(const DeployJob& job, const config::Places& places);

}  // namespace inhaul::cli
