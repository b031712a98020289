// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fetch_context.hpp"

namespace inhaul::git {

/// Returns the error of a libgit2 call on a remote. If one of our callbacks failed, returns the
/// error of the callback. Else returns libgit2's error, with a hint.
[[nodiscard]] Error remote_error(int code, const FetchContext& context);

}  // namespace inhaul::git
