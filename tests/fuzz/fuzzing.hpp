// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <inhaul/util/result.hpp>

/// The common part of the fuzz targets.
namespace inhaul::fuzz {

/// Checks the promises of the target for one input. Each NAME_fuzz.cpp defines it.
void run(std::string_view input);

/// Names a broken promise, and ends the process.
void require(bool kept, const char* promise);

/// Requires a message on one line, with a bounded length. A hint may have several lines.
void require_readable(std::string_view message);
void require_readable(const Error& error);

/// Returns true for text with bytes below 0x20, or 0x7f.
[[nodiscard]] bool has_control_character(std::string_view text);

/// Returns true if a relative path leads below its directory.
[[nodiscard]] bool stays_below(std::string_view path);

/// Removes the part before the first `end`, together with that `end`. Returns the part.
std::string_view take_until(std::string_view& rest, char end);
inline std::string_view take_line(std::string_view& rest) {
    return take_until(rest, '\n');
}

/// Removes and returns the first byte. Returns 0 at the end.
unsigned take_byte(std::string_view& rest);

/// Returns a deeply nested text for a short input. `NBEFORE^[^AFTER` gets 2^N arrays between the
/// two parts, or objects for a `{`. N is a character from '0' to '<' (12). Other text is returned
/// unchanged.
[[nodiscard]] std::string nested(std::string_view text);

}  // namespace inhaul::fuzz
