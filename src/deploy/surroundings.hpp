#pragma once

#include <inhaul/deploy/hooks.hpp>

namespace inhaul::deploy {

/// What of our environment a command of the app's gets; see hook_processes().
[[nodiscard]] HookEnvironment surroundings();

}  // namespace inhaul::deploy
