#pragma once

#include <span>
#include <string>
#include <string_view>

namespace inhaul::service {

/// A file for /etc/polkit-1/rules.d that lets this account restart these units, without a password
/// and without sudo: the verb `restart` alone, so not stop, start, kill or any other unit. Needs
/// polkit 0.106 or later, and a systemd that tells it unit and verb (226 or later).
[[nodiscard]] std::string polkit_rule(std::string_view account, std::span<const std::string> units);

}  // namespace inhaul::service
