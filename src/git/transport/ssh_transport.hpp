// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git2.h>

#include "fetch_context.hpp"

namespace inhaul::git {

/// A git_transport_cb for git's protocol over OpenSSH's `ssh`, as in git, with a FetchContext as
/// payload. libgit2's own libssh2 cannot sign with RSA-SHA2 keys, ignores `@revoked` in
/// known_hosts, and waits forever for a silent server.
int make_ssh_transport(git_transport** out, git_remote* owner, void* context) noexcept;

}  // namespace inhaul::git
