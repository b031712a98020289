#pragma once

#include "ssh_transport.hpp"

namespace inhaul::git {

/// What a libgit2 call on a remote failed with: what one of our callbacks found, if one did, else
/// what the library says, read for what an operator can do. Never with the token in it.
[[nodiscard]] Error remote_error(int code, const Conversation& conversation);

}  // namespace inhaul::git
