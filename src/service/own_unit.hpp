// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <inhaul/settings.hpp>

#include "unit_state.hpp"

namespace inhaul::service {

/// The unit of this process according to systemd. Empty texts on a host without systemd.
struct OwnUnit {
    std::string unit;       ///< of the system's manager: inhaul@deploy.service, session-3.scope
    std::string user_unit;  ///< of the account's manager
    std::string cgroup;     ///< from the root of the hierarchy: /system.slice/…
};
[[nodiscard]] OwnUnit own_unit();

/// Returns why a restart of the unit would end that process, or nothing. Usually the name is
/// enough; `state`, if known, also covers an alias, a parent slice and a dependency.
[[nodiscard]] std::optional<std::string> would_end(const OwnUnit& there, const SystemdUnit& unit,
                                                   const UnitState* state);

}  // namespace inhaul::service
