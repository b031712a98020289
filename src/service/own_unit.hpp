#pragma once

#include <optional>
#include <string>

#include <inhaul/settings.hpp>

#include "unit_state.hpp"

namespace inhaul::service {

/// Where this process runs, as systemd sees it. Empty texts on a host without systemd.
struct OwnUnit {
    std::string unit;       ///< of the system's manager: inhaul@deploy.service, session-3.scope
    std::string user_unit;  ///< of the account's manager
    std::string cgroup;     ///< from the root of the hierarchy: /system.slice/…
};
[[nodiscard]] OwnUnit own_unit();

/// Why a restart of the unit would end the process that is there, or nothing. The name alone tells
/// it for most; `state`, when it is known, also for an alias, a slice above, and a dependency.
[[nodiscard]] std::optional<std::string> would_end(const OwnUnit& there, const SystemdUnit& unit,
                                                   const UnitState* state);

}  // namespace inhaul::service
