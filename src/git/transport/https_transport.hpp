// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git2.h>

#include "fetch_context.hpp"

namespace inhaul::git {

/// A git_transport_cb for git's protocol over inhaul's HTTP client, with a FetchContext as payload.
/// libgit2's own transport has no TLS 1.3 and no time-outs, and sends the token along redirects.
/// For each fetch it opens a new connection, stalls twice for 40 ms, and lists all refs.
int make_https_transport(git_transport** out, git_remote* owner, void* context) noexcept;

}  // namespace inhaul::git
