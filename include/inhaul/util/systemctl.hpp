// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace inhaul {

/// The manager of a unit: the system's, or the user manager of one account.
enum class UnitScope { system, user };

/// Returns the command for an operator: `sudo systemctl VERB UNIT` or `systemctl --user VERB UNIT`.
/// A verb that only reads, such as `status`, has no sudo. `unit` may be empty. Each hint uses this
/// function, because a command for the wrong manager reports that the unit does not exist.
[[nodiscard]] std::string systemctl(UnitScope scope, std::string_view verb,
                                    std::string_view unit = {});

/// Returns the command that shows the unit's log: `journalctl -u UNIT`, or with `--user`.
[[nodiscard]] std::string journalctl(UnitScope scope, std::string_view unit);

/// Escapes text for a unit file, see systemd.syntax(7): % starts a specifier. With `quoted`, for
/// use inside double quotes.
[[nodiscard]] std::string escaped_in_unit(std::string_view text, bool quoted);

}  // namespace inhaul
