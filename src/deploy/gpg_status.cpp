// SPDX-License-Identifier: Apache-2.0
#include "gpg_status.hpp"

#include <algorithm>
#include <array>

#include <inhaul/util/text.hpp>

namespace inhaul::deploy {
namespace {

constexpr std::size_t longest_shown = 300;

}  // namespace

std::string last_line(std::string_view output) {
    const auto said = trimmed(output);
    return said.empty() ? std::string{"no output"}
                        : printable(trimmed(lines_of(said).back()), longest_shown);
}

/// doc/DETAILS of GnuPG: of these five and GOODSIG exactly one for each signature.
std::optional<std::string> gpg_fault(std::string_view output, bool success) {
    constexpr std::array bad{"BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"};
    bool good = false;
    bool valid = false;
    for (const auto full_line : lines_of(output)) {
        const auto line = trimmed(full_line);
        constexpr std::string_view mark{"[GNUPG:] "};
        if (!line.starts_with(mark)) continue;
        const auto rest = line.substr(mark.size());
        const auto word = rest.substr(0, rest.find(' '));
        if (std::find(bad.begin(), bad.end(), word) != bad.end())
            return "its signature is invalid: " + printable(rest, longest_shown);
        good = good || word == "GOODSIG";
        valid = valid || word == "VALIDSIG";
    }
    if (success && good && valid) return std::nullopt;
    return "its signature is invalid: " + last_line(output);
}

}  // namespace inhaul::deploy
