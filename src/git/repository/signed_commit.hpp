#pragma once

#include <optional>
#include <string_view>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// A commit's signature and all other bytes of it, which are what is signed. Nothing for one that
/// has no header `gpgsig`, and for one with a NUL in it, behind which programs do not read on.
/// libgit2's own function also takes a line of the message for the header, and leaves out what is
/// behind a NUL.
[[nodiscard]] std::optional<Repository::Signature> split_signature(std::string_view commit);

}  // namespace inhaul::git
