// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/backoff.hpp>

#include <algorithm>

namespace inhaul {

/// SplitMix64 (Steele, Lea, Flood 2014) is small and random enough for jitter.
double Jitter::next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    mixed ^= mixed >> 31U;
    return static_cast<double>(mixed >> 11U) * 0x1.0p-53;
}

Milliseconds backoff(Milliseconds base, Milliseconds cap, unsigned failures, Jitter& jitter) {
    auto wait = base;
    for (unsigned i = 1; i < failures && wait < cap; ++i)
        wait *= 2;
    wait = std::min(wait, std::max(cap, base));
    const auto half = wait / 2;
    return half + Milliseconds{static_cast<std::int64_t>(
                      static_cast<double>((wait - half).count()) * jitter.next())};
}

Milliseconds spread(Milliseconds interval, Jitter& jitter) {
    const auto tenth = static_cast<double>(interval.count()) / 10;
    return interval + Milliseconds{static_cast<std::int64_t>(tenth * (2 * jitter.next() - 1))};
}

Milliseconds part_of(Milliseconds whole, Jitter& jitter) {
    return Milliseconds{
        static_cast<std::int64_t>(static_cast<double>(whole.count()) * jitter.next())};
}

}  // namespace inhaul
