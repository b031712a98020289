// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <inhaul/util/clock.hpp>

namespace inhaul::ledger {

/// How many deployments of an app have finished since it is known, and how long they took. Old
/// records are deleted, these numbers are not.
struct Totals {
    /// The upper bounds of `within`, in seconds.
    static constexpr std::array<std::int64_t, 6> bounds{1, 5, 15, 60, 300, 900};

    std::int64_t succeeded = 0, failed = 0, rolled_back = 0, refused = 0;
    std::array<std::int64_t, bounds.size()> within{};  ///< how many took at most that long
    Milliseconds took{0};                              ///< all together
    bool operator==(const Totals&) const = default;
};

}  // namespace inhaul::ledger
