// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/deploy/hooks.hpp>

namespace inhaul::deploy {

/// Returns the whole environment of an app's command: the inherited variables, and `names`.
[[nodiscard]] HookEnvironment hook_environment(const HookEnvironment& names = {});

}  // namespace inhaul::deploy
