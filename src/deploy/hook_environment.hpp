// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/deploy/hooks.hpp>

namespace inhaul::deploy {

/// Returns the whole environment of an app's command. It has the inherited variables, the variables
/// that the agent's unit passes on, `own` and `names`. Of two variables with the same name, the
/// later counts.
[[nodiscard]] HookEnvironment hook_environment(const HookEnvironment& names = {},
                                               const HookEnvironment& own = {});

}  // namespace inhaul::deploy
