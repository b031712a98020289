// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/clock.hpp>

/// Time limits that survive a change of the wall clock and a reboot. Pure.
namespace inhaul::ledger {

/// A time limit: its start by both clocks, and its duration. The end is not stored, because the
/// wall clock may be wrong by years when it is written or read.
struct Deadline {
    Moment begun;
    std::optional<Milliseconds> length;  ///< empty: unknown

    /// `1772323200000 BOOT 12000 60000`: wall clock, boot, uptime and length in milliseconds; `-`
    /// for an unknown boot or length.
    [[nodiscard]] static std::optional<Deadline> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};
/// Returns the end by the current wall clock. It is in the past if the deadline is over.
[[nodiscard]] std::optional<TimePoint> end_of(const std::optional<Deadline>& deadline,
                                              const Moment& now);
/// Returns a deadline from now until a time of the wall clock.
[[nodiscard]] Deadline deadline_until(const std::optional<TimePoint>& until, const Moment& now);

}  // namespace inhaul::ledger
