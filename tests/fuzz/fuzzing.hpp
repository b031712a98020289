// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <inhaul/util/result.hpp>

/// What the fuzz targets have in common.
namespace inhaul::fuzz {

/// The target: checks its promises for one input. Defined once in each NAME_fuzz.cpp.
void run(std::string_view input);

/// Ends the process, and names the promise, when it is broken.
void require(bool kept, const char* promise);

/// Of an error message: it says something, on one line, within a bounded length. A hint may have
/// lines.
void require_readable(std::string_view message);
void require_readable(const Error& error);

/// Bytes below 0x20, and 0x7f.
[[nodiscard]] bool has_control_character(std::string_view text);

/// Whether a relative path leads to something below the directory that it is relative to.
[[nodiscard]] bool stays_below(std::string_view path);

/// The part before the first `end`, which is removed from the front together with that `end`.
std::string_view take_until(std::string_view& rest, char end);
inline std::string_view take_line(std::string_view& rest) {
    return take_until(rest, '\n');
}

/// The first byte, removed from the front; 0 at the end.
unsigned take_byte(std::string_view& rest);

/// A text that is nested deeply, from a short input: `NBEFORE^[^AFTER` has 2^N arrays between the
/// two, or objects for a `{`; N is a character from '0' to '<' (12). Any other text stays as it is.
[[nodiscard]] std::string nested(std::string_view text);

}  // namespace inhaul::fuzz
