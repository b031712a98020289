#pragma once

#include <inhaul/git/repository.hpp>
#include <inhaul/settings.hpp>

namespace inhaul::git {

/// Reads the token file and gathers what the remote needs. The key is only checked, ssh reads it.
[[nodiscard]] Result<Access> access_for(const Settings& settings);

}  // namespace inhaul::git
