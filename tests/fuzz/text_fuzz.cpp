// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <inhaul/util/blame.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/text.hpp>

#include "fuzzing.hpp"

// The input is any text that inhaul shows: a commit's subject, a server's words, a name, an app's
// output.

using namespace inhaul;

namespace {

/// Follows the table of RFC 3629, unlike the program: it has the next bytes for each lead byte.
bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto lead = fuzz::take_byte(text);
        const std::size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() < more) return false;
        for (std::size_t i = 0; i < more; ++i) {
            const auto byte = fuzz::take_byte(text);
            const unsigned least = i > 0 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
            const unsigned most = i > 0 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
            if (byte < least || byte > most) return false;
        }
    }
    return true;
}

bool deceives(std::string_view text) {
    constexpr std::array hidden{"\xd8\x9c",     "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f",
                                "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9",
                                "\xef\xbb\xbf", "\xc2\x9b"};
    for (const auto* const each : hidden)
        if (text.find(each) != std::string_view::npos) return true;
    return fuzz::has_control_character(text);
}

void check_output(std::string_view output) {
    constexpr std::size_t longest_end = 3 * (16 * 200 + 3) + 4;
    const auto end = process::end_of(output);
    fuzz::require(is_utf8(end) && !deceives(end), "the end of an output is one printable line");
    fuzz::require(end.size() <= longest_end, "the end of an output has a bounded length");
    fuzz::require(sandbox::hint(output, "").empty(), "a process without a sandbox gets no hint");
    const auto hint = sandbox::hint(output, "inhaul@scripts.service");
    if (!hint.empty()) fuzz::require_readable(hint);
    fuzz::require(is_utf8(hint) && !deceives(hint), "a hint is one printable line");
}

}  // namespace

void fuzz::run(std::string_view input) {
    for (const std::size_t limit : {std::size_t{3}, std::size_t{400}, std::string_view::npos}) {
        const auto shown = printable(input, limit);
        require(is_utf8(shown), "shown text is UTF-8");
        require(!deceives(shown), "shown text has no control or hidden character");
        require(shown.size() <= 4 * input.size() + 3, "shown text is no longer than its escapes");
        if (limit != std::string_view::npos)
            require(columns(shown) <= 16 * limit + 1, "shown text is cut");
        require(limit != std::string_view::npos || printable(shown, limit) == shown,
                "shown text stays the same when it is shown again");
    }
    check_output(input);
    const auto line =
        log::format_line({log::Level::info, "deployed", {{"subject", std::string{input}}}});
    require(!has_control_character(line) && line.starts_with("deployed"), "a log line is one line");
    if (const auto plain = percent_decoded(input))
        require(plain->size() <= input.size(), "a decoded text is no longer");
    const std::array<std::string_view, 3> words{"interval", "directory", "branch"};
    if (const auto meant = nearest(input.substr(0, 200), words))
        require(!meant->empty() && input.size() + 3 >= meant->size(),
                "the nearest word is similar");
    require(lower_case(input).size() == input.size(), "lower case has the same length");
    require(trimmed(trimmed(input)) == trimmed(input),
            "trimmed text stays the same when it is trimmed again");
}
