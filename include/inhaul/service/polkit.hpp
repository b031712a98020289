// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul::service {

/// A file for /etc/polkit-1/rules.d that lets this account restart these units, without a password
/// and without sudo: the verbs `restart` and `reset-failed`, which lifts a start limit, so not
/// stop, start, kill or any other unit. Each unit is named by its Id: polkit is never told an
/// alias. It keeps the account from letting a user manager of its own linger, also where there are
/// no units. Needs polkit 0.106 or later, and a systemd that tells it unit and verb (226 or later).
[[nodiscard]] std::string polkit_rule(std::string_view account, std::span<const std::string> units);

/// The same as versions before wrote it, the oldest first: to be replaced.
[[nodiscard]] std::vector<std::string> older_polkit_rules(std::string_view account,
                                                          std::span<const std::string> units);

}  // namespace inhaul::service
