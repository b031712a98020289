#pragma once

#include <git2.h>

#include "fetch_context.hpp"

namespace inhaul::git {

/// A git_transport_cb: git's protocol over OpenSSH's `ssh`, as git itself does it. With a
/// FetchContext as payload. libssh2, which libgit2 has built in, cannot sign with RSA-SHA2 keys,
/// ignores `@revoked` in known_hosts, and waits for ever for a silent server.
int make_ssh_transport(git_transport** out, git_remote* owner, void* context) noexcept;

}  // namespace inhaul::git
