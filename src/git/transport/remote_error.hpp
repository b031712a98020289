#pragma once

#include "fetch_context.hpp"

namespace inhaul::git {

/// What a libgit2 call on a remote failed with: what one of our callbacks found, if one did, else
/// what the library says, read for what an operator can do.
[[nodiscard]] Error remote_error(int code, const FetchContext& context);

}  // namespace inhaul::git
