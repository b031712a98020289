#pragma once

#include <inhaul/deploy/hooks.hpp>

namespace inhaul::deploy {

/// The whole environment of a command of the app's: what it may have of ours, and these.
[[nodiscard]] HookEnvironment hook_environment(const HookEnvironment& names = {});

}  // namespace inhaul::deploy
