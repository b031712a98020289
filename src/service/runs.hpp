#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul::service {

/// Which run each unit is in, by its name in the settings; an empty one for a unit that does not
/// run.
using Runs = std::map<std::string, std::string, std::less<>>;

/// As one text, which the ledger keeps: of one unit its invocation itself, of several
/// `web.service=INVOCATION worker@1.service=INVOCATION`. Empty when none of them runs.
[[nodiscard]] std::string text_of(const Runs& runs, const std::vector<std::string>& units);

/// The inverse. What the text does not tell is not there.
[[nodiscard]] Runs runs_from(std::string_view text, const std::vector<std::string>& units);

}  // namespace inhaul::service
