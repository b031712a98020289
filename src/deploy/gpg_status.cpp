#include "gpg_status.hpp"

#include <algorithm>
#include <array>

#include <inhaul/util/text.hpp>

namespace inhaul::deploy {
namespace {

constexpr std::size_t verdict_shown = 300;

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (const auto line = trimmed(text.substr(0, end)); !line.empty()) lines.push_back(line);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return lines;
}

std::string last_line(std::string_view output) {
    const auto lines = lines_of(output);
    return lines.empty() ? std::string{"it said nothing"} : printable(lines.back(), verdict_shown);
}

/// doc/DETAILS of GnuPG: of these five and GOODSIG exactly one for each signature.
std::optional<std::string> gpg_fault(std::string_view output, bool success) {
    constexpr std::array bad{"BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"};
    bool good = false;
    bool valid = false;
    for (const auto line : lines_of(output)) {
        constexpr std::string_view mark{"[GNUPG:] "};
        if (!line.starts_with(mark)) continue;
        const auto rest = line.substr(mark.size());
        const auto word = rest.substr(0, rest.find(' '));
        if (std::find(bad.begin(), bad.end(), word) != bad.end())
            return "its signature is not good: " + printable(rest, verdict_shown);
        good = good || word == "GOODSIG";
        valid = valid || word == "VALIDSIG";
    }
    if (success && good && valid) return std::nullopt;
    return "its signature is not good: " + last_line(output);
}

}  // namespace inhaul::deploy
