// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul::service {

/// Returns a file for /etc/polkit-1/rules.d that lets this account restart these units without a
/// password and without sudo. It allows the verbs `restart` and `reset-failed`, which resets a
/// start limit: not stop, start, kill or other units. Caller must name each unit by its Id: systemd
/// never passes an alias to polkit. The file also forbids the account to enable lingering for its
/// own user manager, even without units. Needs polkit 0.106 and systemd 226, which passes unit and
/// verb.
[[nodiscard]] std::string polkit_rule(std::string_view account, std::span<const std::string> units);

/// Returns the files of earlier versions for the same arguments, the oldest first. They are to be
/// replaced.
[[nodiscard]] std::vector<std::string> older_polkit_rules(std::string_view account,
                                                          std::span<const std::string> units);

}  // namespace inhaul::service
