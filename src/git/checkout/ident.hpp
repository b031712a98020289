// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace inhaul::git {

/// The attribute `ident`, as in git (convert.c): expands each `$Id$` of any file. libgit2 expands
/// only the first `$Id$`, only in text files, and may match several lines.
[[nodiscard]] std::string with_idents(std::string_view content, std::string_view id);
[[nodiscard]] std::string without_idents(std::string_view content);

/// for_libgit2() replaces the name `ident` in a file of attributes by this name, so that libgit2
/// ignores it.
constexpr auto our_ident = "inhaul-ident";

}  // namespace inhaul::git
