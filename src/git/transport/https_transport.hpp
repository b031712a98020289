#pragma once

#include <git2.h>

#include "fetch_context.hpp"

namespace inhaul::git {

/// A git_transport_cb: git's protocol over our own HTTP client, with a FetchContext as payload.
/// What libgit2 has built in knows no TLS 1.3 and no time-outs, follows redirects with the token,
/// and makes a connection, two stalls of 40 ms and a list of all refs of each fetch.
int make_https_transport(git_transport** out, git_remote* owner, void* context) noexcept;

}  // namespace inhaul::git
