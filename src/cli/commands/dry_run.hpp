#pragma once

#include "deploy_job.hpp"

namespace inhaul::cli {

/// `inhaul deploy --dry-run`: what the errand would do. Refused and held are said, and exit as the
/// deployment itself would.
[[nodiscard]] ExitCode forecast(const DeployJob& job, const config::Places& places);

}  // namespace inhaul::cli
