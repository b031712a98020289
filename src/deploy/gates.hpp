#pragma once

#include <inhaul/deploy/gate.hpp>

namespace inhaul::deploy {

/// Tells the candidate how long it has been held.
void consider_hold(Candidate& candidate, const ledger::Restrictions& restrictions);

/// A commit signed by somebody that the settings name; on this host, with ssh-keygen or gpg.
[[nodiscard]] std::unique_ptr<Gate> signature_gate(const Requirements& require,
                                                   git::CommitReader& commits);

/// What CI says. Pending is asked again, at first soon and then less often, and refused when
/// require.checks_deadline has passed; so is what nobody has checked.
[[nodiscard]] std::unique_ptr<Gate> checks_gate(const Requirements& require,
                                                std::unique_ptr<forge::Checks> checks);

/// When the windows are open next, from now on; nothing when not within eight days. Pure but for
/// the zone's rules.
[[nodiscard]] std::optional<TimePoint> next_opening(const std::vector<TimeWindow>& windows,
                                                    const std::string& zone, TimePoint now);

}  // namespace inhaul::deploy
