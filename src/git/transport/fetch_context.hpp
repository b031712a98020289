// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// Context of one fetch; libgit2's payload for all its callbacks and for inhaul's transports.
struct FetchContext {
    const Access& access;
    const BranchName& branch;
    const OnProgress* progress = nullptr;
    std::optional<CommitId> known_head = {};  ///< the branch's head, if the forge reported it
    /// The server refused to send the commit in `known_head`.
    bool denied = false;
    /// Error of one of our callbacks, which has more details than libgit2's.
    std::optional<Error> failure = {};
};

}  // namespace inhaul::git
