// SPDX-License-Identifier: Apache-2.0
#include "fetching.hpp"

#include <fmt/format.h>

#include <inhaul/util/file.hpp>

#include <git/checkout/tree_changes.hpp>
#include <git/repair/integrity.hpp>
#include <git/repository/history.hpp>
#include <git/repository/open_repository.hpp>
#include <git/repository/own_names.hpp>
#include <git/repository/ref_conflicts.hpp>
#include <git/repository/tree.hpp>
#include "remote.hpp"

namespace inhaul::git {
namespace {

/// Checks that a commit is complete before a ref points to it.
Result<void> check_received(git_repository* repository, const CommitId& head,
                            const std::optional<CommitId>& before) {
    if (!has_commit(repository, head))
        return fail(
            ErrorCode::corrupt,
            fmt::format("the server lists the commit {}, but does not send it", head.short_form()));
    TreeHandle from;
    if (before && has_commit(repository, *before)) from = TRY(tree_of(repository, *before));
    const auto tree = TRY(tree_of(repository, head));
    const auto changes = tree_changes(repository, from.get(), tree.get());
    // A refused commit was received; the deployment reports the refusal.
    if (!changes && changes.error().code == ErrorCode::refused) return {};
    return check_objects(repository, TRY(changes));
}

/// A server omits objects that the client claims to have. If these objects are complete, missing or
/// corrupt objects are the server's fault, not local damage.
Error blamed(git_repository* repository, Error error) {
    if (error.code != ErrorCode::corrupt) return error;
    // Open it again: after an error about a corrupt ref, libgit2 ignores that ref.
    git_repository* raw = nullptr;
    const int code = git_repository_open_bare(&raw, git_repository_commondir(repository));
    const RepositoryHandle again{raw};
    if (code != 0 || !check_whole(raw)) return error;
    return {ErrorCode::protocol, std::move(error.message),
            "The local repository is complete. The fault is on the server or in the connection.",
            true};
}

Result<void> name(git_repository* repository, const std::string& ref, const CommitId& commit) {
    TRY(remove_conflicting_refs(repository, ref));
    return set_ref(repository, ref, commit, "inhaul: fetch");
}

/// Returns the error for a commit that no branch or tag contains: a git server does not send it.
tl::unexpected<Error> missing(const Access& access, const CommitId& commit) {
    return fail(ErrorCode::not_found,
                fmt::format("{} has no commit {} in its branches and tags", access.url,
                            commit.short_form()),
                "Push the commit to this repository.");
}

}  // namespace

Result<CommitId> fetch_head(git_repository* into, FetchContext& context) {
    const auto& access = context.access;
    auto remote = TRY(remote_for(access, into));
    auto connection = TRY(Connection::open(std::move(remote), context));
    auto head = TRY(connection.head());
    const auto ref = own_refs::fetched_as(context.branch.text());
    const auto before = TRY(commit_at(into, ref.c_str()));
    if (before == head && has_commit(into, head)) return head;
    if (const auto downloaded = connection.download(); !downloaded)
        return fail(blamed(into, downloaded.error()));
    if (const auto received = check_received(into, head, before); !received)
        return fail(blamed(into, received.error().within("fetch " + access.url)));
    TRY(name(into, ref, head));
    return head;
}

Result<bool> has_history_of(git_repository* repository, const CommitId& commit,
                            const fs::path& scratch, FetchContext& context) {
    const auto directory = TRY(make_scratch(scratch));
    git_repository* raw = nullptr;
    TRY(checked(git_repository_init(&raw, scratch.c_str(), 1),
                "create a repository in " + scratch.string()));
    const RepositoryHandle temporary{raw};
    const auto objects = fs::path{git_repository_commondir(repository)} / "objects";
    TRY(file::write_unsynced(scratch / "objects" / "info" / "alternates", objects.string() + "\n",
                             0600));
    // So that the server sends only the missing objects.
    TRY(set_ref(raw, "refs/heads/here", commit, "inhaul: compare"));
    return related(raw, commit, TRY(fetch_head(raw, context)));
}

Result<void> fetch_commit(git_repository* into, const Access& access, const CommitId& commit,
                          const OnProgress& progress) {
    const auto branch = BranchName::parse(commit.hex());
    FetchContext context{.access = access, .branch = *branch, .progress = &progress};
    if (git_protocol(access.url) == GitProtocol::http) {
        // Over http, git servers send any commit in the history of their refs.
        context.known_head = commit;
        const auto fetched = fetch_head(into, context);
        if (fetched) return {};
        return context.denied ? missing(access, commit) : fail(fetched.error());
    }
    auto remote = TRY(remote_for(access, into));
    auto connection = TRY(Connection::open(std::move(remote), context));
    if (const auto downloaded = connection.download_everything(); !downloaded)
        return fail(blamed(into, downloaded.error()));
    if (!has_commit(into, commit)) {
        auto error = blamed(into, {ErrorCode::corrupt, "local objects are missing"});
        return error.code == ErrorCode::corrupt ? fail(std::move(error)) : missing(access, commit);
    }
    if (const auto received = check_received(into, commit, std::nullopt); !received)
        return fail(blamed(into, received.error().within("fetch " + access.url)));
    return name(into, own_refs::fetched_as(commit.hex()), commit);
}

}  // namespace inhaul::git
