// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/deploy/gate.hpp>

namespace inhaul::deploy {

/// Sets how long the candidate has been held and known.
void consider_hold(Candidate& candidate, const ledger::Restrictions& restrictions);

/// Passes commits with a signature that the settings allow. Uses this host's ssh-keygen or gpg.
[[nodiscard]] std::unique_ptr<Gate> signature_gate(const Requirements& require,
                                                   git::CommitReader& commits);

/// Passes commits with green CI checks. Pending checks are polled at growing intervals. After
/// require.checks_deadline a commit with pending checks, or without checks, is refused.
[[nodiscard]] std::unique_ptr<Gate> checks_gate(const Requirements& require,
                                                std::unique_ptr<forge::Checks> checks);

/// Returns when a window is next open, which may be now. Nothing if none opens within eight days.
/// Pure except for the zone's rules.
[[nodiscard]] std::optional<TimePoint> next_opening(const std::vector<TimeWindow>& windows,
                                                    const std::string& zone, TimePoint now);

}  // namespace inhaul::deploy
