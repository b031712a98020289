// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/service/service.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::service {

/// Returns the newest lines of the unit's log since that time: its own, and systemd's about it.
/// Waits at most half a second for lines that the journal has not stored yet.
[[nodiscard]] UnitLog log_of(const SystemdUnit& unit, TimePoint since);

}  // namespace inhaul::service
