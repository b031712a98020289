// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/util/clock.hpp>

namespace inhaul::test {

/// A clock that moves only on request.
struct FakeClock final : Clock {
    mutable TimePoint wall{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
    mutable SteadyPoint mono{Milliseconds{1'000'000}};

    [[nodiscard]] TimePoint now() const override { return wall; }
    std::string boot{"one"};

    [[nodiscard]] SteadyPoint steady() const override { return mono; }
    [[nodiscard]] Uptime uptime() const override { return {boot, mono.time_since_epoch()}; }
    void wait(Milliseconds time) const override { advance(time); }
    void advance(Milliseconds by) const {
        wall += by;
        mono += by;
    }
    /// Sets the wall clock ahead, or back.
    void set_by(Milliseconds jump) { wall += jump; }
};

}  // namespace inhaul::test
