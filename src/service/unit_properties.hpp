// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>

#include <inhaul/util/result.hpp>

#include "unit_state.hpp"

namespace inhaul::service {

/// Reads the needed properties from the answer to Properties.GetAll (a{sv}).
[[nodiscard]] Result<UnitState> read_unit_state(sd_bus_message* all);

}  // namespace inhaul::service
