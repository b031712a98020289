// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// Returns a commit's signature and the signed bytes, which are all others. Returns nothing if the
/// commit has no header `gpgsig`, or contains a NUL, at which programs stop reading. libgit2's own
/// function also accepts the header in the message, and drops everything after a NUL.
[[nodiscard]] std::optional<Repository::Signature> split_signature(std::string_view commit);

}  // namespace inhaul::git
