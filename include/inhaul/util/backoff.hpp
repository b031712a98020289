// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <inhaul/util/clock.hpp>

namespace inhaul {

/// A stream of numbers for jitter: seeded, so that a test can repeat it.
class Jitter {
public:
    explicit Jitter(std::uint64_t seed) : state_(seed) {}
    /// Evenly in [0, 1).
    [[nodiscard]] double next();

private:
    std::uint64_t state_;
};

/// How long to wait after the n-th failure in a row (n from 1): `base` doubled with each one, at
/// most `cap`, then spread evenly over its upper half so that many agents do not return together.
/// Never less than half of `base`.
[[nodiscard]] Milliseconds backoff(Milliseconds base, Milliseconds cap, unsigned failures,
                                   Jitter& jitter);

/// `interval` spread evenly by a tenth to either side.
[[nodiscard]] Milliseconds spread(Milliseconds interval, Jitter& jitter);

}  // namespace inhaul
