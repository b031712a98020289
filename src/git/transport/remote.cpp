// SPDX-License-Identifier: Apache-2.0
#include "remote.hpp"

#include <fmt/format.h>

#include <git/repository/own_names.hpp>
#include "https_transport.hpp"
#include "remote_error.hpp"
#include "smart_http.hpp"
#include "ssh_transport.hpp"

namespace inhaul::git {
namespace {

FetchContext& context_of(void* payload) {
    return *static_cast<FetchContext*>(payload);
}

int tell_progress(const git_indexer_progress* now, void* payload) noexcept {
    const auto& context = context_of(payload);
    if (context.progress != nullptr && *context.progress)
        (*context.progress)({now->received_objects, now->total_objects, now->received_bytes});
    return 0;
}

git_remote_callbacks callbacks_for(FetchContext& context) {
    git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
    callbacks.transfer_progress = tell_progress;
    callbacks.payload = &context;
    const auto protocol = git_protocol(context.access.url);
    if (protocol == GitProtocol::ssh) callbacks.transport = make_ssh_transport;
    if (protocol == GitProtocol::http) callbacks.transport = make_https_transport;
    return callbacks;
}

Result<void> with_cause(int code, const FetchContext& context) {
    if (code >= 0) return {};
    return fail(remote_error(code, context));
}

}  // namespace

Result<RemoteHandle> remote_for(const Access& access, git_repository* repository) {
    git_remote_create_options options = GIT_REMOTE_CREATE_OPTIONS_INIT;
    options.repository = repository;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    git_remote* raw = nullptr;
    TRY(checked(git_remote_create_with_opts(&raw, access.url.c_str(), &options),
                "prepare " + access.url));
    return RemoteHandle{raw};
}

Result<Connection> Connection::open(RemoteHandle remote, FetchContext& context) {
    git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    options.callbacks = callbacks_for(context);
    TRY(with_cause(git_remote_connect_ext(remote.get(), GIT_DIRECTION_FETCH, &options), context));
    return Connection{std::move(remote), context};
}

Result<CommitId> Connection::head() {
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    TRY(with_cause(git_remote_ls(&heads, &count, remote_.get()), *context_));
    const auto ref = context_->branch.ref();
    for (std::size_t i = 0; i < count; ++i)
        if (ref == heads[i]->name) return id_from(heads[i]->oid);
    return fail(missing_branch(context_->access.url, context_->branch, count > 0));
}

Result<void> Connection::download() {
    const auto& branch = context_->branch;
    // libgit2 needs a complete refspec, although no ref is written here.
    return download({fmt::format("+{}:{}", branch.ref(), own_refs::fetched_as(branch.text()))});
}

Result<void> Connection::download_everything() {
    return download({"+refs/heads/*:" + own_refs::fetched_as("*"),
                     "+refs/tags/*:" + own_refs::fetched_as("*")});
}

Result<void> Connection::download(std::vector<std::string> refspecs) {
    std::vector<char*> words;
    for (auto& refspec : refspecs)
        words.push_back(refspec.data());
    const git_strarray list{.strings = words.data(), .count = words.size()};
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.callbacks = callbacks_for(*context_);
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    return with_cause(git_remote_download(remote_.get(), &list, &options), *context_);
}

}  // namespace inhaul::git
