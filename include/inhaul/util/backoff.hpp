// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <inhaul/util/clock.hpp>

namespace inhaul {

/// Random numbers for jitter. The seed lets a test repeat them.
class Jitter {
public:
    explicit Jitter(std::uint64_t seed) : state_(seed) {}
    /// Returns the next number, uniform in [0, 1).
    [[nodiscard]] double next();

private:
    std::uint64_t state_;
};

/// Returns the delay after the n-th consecutive failure, with n from 1. `base` doubles with each
/// failure up to `cap`. The delay is uniform over the upper half of that value. So many agents do
/// not retry at the same time. It is at least half of `base`.
[[nodiscard]] Milliseconds backoff(Milliseconds base, Milliseconds cap, unsigned failures,
                                   Jitter& jitter);

/// Returns `interval` with uniform jitter of at most a tenth to either side.
[[nodiscard]] Milliseconds spread(Milliseconds interval, Jitter& jitter);

/// Returns a uniform random time of at least zero and less than `whole`.
[[nodiscard]] Milliseconds part_of(Milliseconds whole, Jitter& jitter);

}  // namespace inhaul
