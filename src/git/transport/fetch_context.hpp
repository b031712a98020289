#pragma once

#include <optional>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// What one conversation with a remote is carried out with; libgit2's payload for all its
/// callbacks, and for our transports.
struct FetchContext {
    const Access& access;
    const BranchName& branch;
    const OnProgress* progress = nullptr;
    std::optional<CommitId> told = {};  ///< the branch's head, from who must know
    /// The server does not give the told commit, and says so.
    bool denied = false;
    /// What one of our callbacks found wrong: more than libgit2 can say.
    std::optional<Error> failure = {};
};

}  // namespace inhaul::git
