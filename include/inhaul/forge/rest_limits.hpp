// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/util/clock.hpp>

namespace inhaul::forge {

/// GitHub's minimum wait after a secondary limit without a time.
/// Source: docs.github.com, "Rate limits for the REST API".
inline constexpr Seconds secondary_wait{60};

}  // namespace inhaul::forge
