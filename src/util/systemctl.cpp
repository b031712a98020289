// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/systemctl.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul {

std::string systemctl(UnitScope scope, std::string_view verb, std::string_view unit) {
    constexpr std::array reading{"status", "cat"};
    const bool reads = std::find(reading.begin(), reading.end(), verb) != reading.end();
    const auto* const program = scope == UnitScope::user ? "systemctl --user"
                                : reads                  ? "systemctl"
                                                         : "sudo systemctl";
    const auto command = fmt::format("{} {}", program, verb);
    return unit.empty() ? command : fmt::format("{} {}", command, shell_word(unit));
}

std::string journalctl(UnitScope scope, std::string_view unit) {
    return fmt::format("{} -u {}",
                       scope == UnitScope::user ? "journalctl --user" : "sudo journalctl",
                       shell_word(unit));
}

std::string escaped_in_unit(std::string_view text, bool quoted) {
    std::string word;
    for (const char c : text) {
        if (quoted && (c == '"' || c == '\\')) word += '\\';
        word += c;
        if (c == '%') word += c;
    }
    return word;
}

}  // namespace inhaul
