// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inhaul::git {

/// A line of an attribute file, as git reads it (attr.c).
struct AttributeLine {
    std::string name;  ///< the pattern without quotes, or the name of a macro
    bool is_macro = false;
    std::vector<std::string> words;  ///< such as `-text` or `eol=crlf`
};

/// Returns nothing for a line that git ignores: a comment, a negative pattern, a line with an
/// invalid name, a line that is too long.
[[nodiscard]] std::optional<AttributeLine> attribute_line(std::string_view line);

/// Rewrites an attribute file, so that libgit2 reads the same rules as git. libgit2 1.5 knows no
/// quoted patterns, applies lines that git ignores, and needs the macros first. Renames `ident` to
/// `our_ident`. Only the attribute file of the root defines macros.
[[nodiscard]] std::string for_libgit2(std::string_view attributes, bool is_root);

}  // namespace inhaul::git
