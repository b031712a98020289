// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fetch_context.hpp"

namespace inhaul::git {

/// Returns the error of a libgit2 call on a remote: that of one of our callbacks if there is one,
/// else libgit2's, with a hint.
[[nodiscard]] Error remote_error(int code, const FetchContext& context);

}  // namespace inhaul::git
