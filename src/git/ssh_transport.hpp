#pragma once

#include <optional>
#include <string>

#include <git2.h>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// What one conversation with a remote is carried out with; libgit2's payload for all its
/// callbacks.
struct Conversation {
    const Access& access;
    const OnProgress* progress = nullptr;
    bool asked_for_credentials = false;
    /// What one of our callbacks found wrong: more than libgit2 can say.
    std::optional<Error> failure = {};
};

/// A git_transport_cb: git's protocol over OpenSSH's `ssh`, as git itself does it. With a
/// Conversation as payload. libssh2, which libgit2 has built in, cannot sign with RSA-SHA2 keys,
/// ignores `@revoked` in known_hosts, and waits for ever for a silent server.
int make_ssh_transport(git_transport** out, git_remote* owner, void* conversation) noexcept;

}  // namespace inhaul::git
