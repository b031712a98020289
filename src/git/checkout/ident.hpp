#pragma once

#include <string>
#include <string_view>

namespace inhaul::git {

/// The attribute `ident`, as git has it (convert.c): each `$Id$` of a file, text or not. libgit2
/// has the first one of a text only, and what it takes for one may be several lines long.
[[nodiscard]] std::string with_idents(std::string_view content, std::string_view id);
[[nodiscard]] std::string without_idents(std::string_view content);

/// A file of attributes in which `ident` has this name instead, so that libgit2 does nothing about
/// it.
constexpr auto our_ident = "inhaul-ident";
[[nodiscard]] std::string with_our_ident(std::string_view attributes);

}  // namespace inhaul::git
