#pragma once

#include <git/repository/libgit2.hpp>
#include "fetch_context.hpp"

namespace inhaul::git {

/// The access's URL, exactly: no `insteadOf` of the repository sends it elsewhere. Detached without
/// a repository.
[[nodiscard]] Result<RemoteHandle> remote_for(const Access& access, git_repository* repository);

/// A connection to a remote, open until it is destroyed.
class Connection {
public:
    /// Connects and hears which refs there are. The conversation must outlive the connection.
    [[nodiscard]] static Result<Connection> open(RemoteHandle remote, FetchContext& context);

    /// The head of the branch; not_found, with its own sentence for an empty repository.
    [[nodiscard]] Result<CommitId> head();
    /// Fetches the branch's objects into the remote's repository. No ref is written.
    [[nodiscard]] Result<void> download();
    /// The objects of all branches and tags.
    [[nodiscard]] Result<void> download_everything();

private:
    Connection(RemoteHandle remote, FetchContext& context)
        : remote_(std::move(remote)), context_(&context) {}
    [[nodiscard]] Result<void> download(std::vector<std::string> refspecs);

    RemoteHandle remote_;
    FetchContext* context_;
};

}  // namespace inhaul::git
