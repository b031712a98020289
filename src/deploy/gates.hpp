#pragma once

#include <inhaul/deploy/gate.hpp>

namespace inhaul::deploy {

/// A commit signed by somebody that the settings name; on this host, with ssh-keygen or gpg.
[[nodiscard]] std::unique_ptr<Gate> signature_gate(const Requirements& require,
                                                   git::Repository& repository);

/// When the windows are open next, from now on; nothing when not within eight days. Pure but for
/// the zone's rules.
[[nodiscard]] std::optional<TimePoint> next_opening(const std::vector<TimeWindow>& windows,
                                                    const std::string& zone, TimePoint now);

}  // namespace inhaul::deploy
