#pragma once

#include "conversation.hpp"
#include "library.hpp"

namespace inhaul::git {

/// The access's URL, exactly: no `insteadOf` of the repository sends it elsewhere. Detached without
/// a repository.
[[nodiscard]] Result<RemoteHandle> remote_for(const Access& access, git_repository* repository);

/// A connection to a remote, open until it is destroyed.
class Connection {
public:
    /// Connects and hears which refs there are. The conversation must outlive the connection.
    [[nodiscard]] static Result<Connection> open(RemoteHandle remote, Conversation& conversation);

    /// The head of the branch; not_found, with its own sentence for an empty repository.
    [[nodiscard]] Result<CommitId> head();
    /// Fetches the branch's objects into the remote's repository. No ref is written.
    [[nodiscard]] Result<void> download();
    /// The objects of all branches and tags.
    [[nodiscard]] Result<void> download_everything();

private:
    Connection(RemoteHandle remote, Conversation& conversation)
        : remote_(std::move(remote)), conversation_(&conversation) {}
    [[nodiscard]] Result<void> download(std::vector<std::string> refspecs);

    RemoteHandle remote_;
    Conversation* conversation_;
};

}  // namespace inhaul::git
