// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::ledger {

/// How many deployments of an app have finished since it is known, and how long they took. Old
/// records are deleted, these numbers are not.
struct Totals {
    std::int64_t succeeded = 0, failed = 0, rolled_back = 0, refused = 0;
    /// How many took at most as long as each bound.
    std::array<std::int64_t, duration_bounds.size()> within{};
    Milliseconds took{0};  ///< all together
    bool operator==(const Totals&) const = default;
};

}  // namespace inhaul::ledger
