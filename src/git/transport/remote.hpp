// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git/repository/libgit2.hpp>
#include "fetch_context.hpp"

namespace inhaul::git {

/// Returns a remote for exactly the access's URL, without `insteadOf` of the repository. Without a
/// repository it is detached.
[[nodiscard]] Result<RemoteHandle> remote_for(const Access& access, git_repository* repository);

/// A connection to a remote, open until it is destroyed.
class Connection {
public:
    /// Connects, and receives the list of refs. Caller must keep `context` alive.
    [[nodiscard]] static Result<Connection> open(RemoteHandle remote, FetchContext& context);

    /// Returns the head of the branch. Fails with code `not_found`, with a separate message for an
    /// empty repository.
    [[nodiscard]] Result<CommitId> head();
    /// Fetches the branch's objects into the remote's repository. Writes no ref.
    [[nodiscard]] Result<void> download();
    /// The same for the objects of all branches and tags.
    [[nodiscard]] Result<void> download_everything();

private:
    Connection(RemoteHandle remote, FetchContext& context)
        : remote_(std::move(remote)), context_(&context) {}
    [[nodiscard]] Result<void> download(std::vector<std::string> refspecs);

    RemoteHandle remote_;
    FetchContext* context_;
};

}  // namespace inhaul::git
