#include "remote.hpp"

#include <fmt/format.h>

#include <inhaul/util/http.hpp>

#include "remote_error.hpp"

namespace inhaul::git {
namespace {

Conversation& conversation_of(void* payload) {
    return *static_cast<Conversation*>(payload);
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

/// Over https, or to this host itself.
bool may_send_token(const std::string& url) {
    const auto origin = http::origin_of(url);
    return origin &&
           (origin->scheme == "https" || (origin->scheme == "http" && is_loopback(origin->host)));
}

int give_credentials(git_credential** out, const char* url, const char* /*user*/,
                     unsigned /*allowed*/, void* payload) noexcept {
    auto& conversation = conversation_of(payload);
    const auto& access = conversation.access;
    const auto asked = http::origin_of(url);
    // Asked a second time, the token was refused; asked by another host, it is not for its ears.
    if (access.token && !conversation.asked_for_credentials && may_send_token(access.url) &&
        asked == http::origin_of(access.url)) {
        conversation.asked_for_credentials = true;
        return git_credential_userpass_plaintext_new(out, "x-access-token",
                                                     access.token->reveal().c_str());
    }
    conversation.failure =
        access.token
            ? Error{ErrorCode::authentication,
                    fmt::format("fetch {}: the token is refused (401)", access.url),
                    "Is it expired, and may it read this repository's contents?"}
            : Error{ErrorCode::authentication,
                    fmt::format("fetch {}: the server wants to know who asks (401)", access.url),
                    "Name a file with a token: auth.token_file. A missing repository looks the "
                    "same."};
    return GIT_EUSER;
}

int judge_certificate(git_cert* /*certificate*/, int valid, const char* host,
                      void* payload) noexcept {
    if (valid != 0) return 0;
    conversation_of(payload).failure = Error{
        ErrorCode::authentication, fmt::format("TLS with {}: its certificate is not trusted", host),
        "For a server with an authority of its own, name that in tls.ca_file."};
    return GIT_ECERTIFICATE;
}

int tell_progress(const git_indexer_progress* now, void* payload) noexcept {
    const auto& conversation = conversation_of(payload);
    if (conversation.progress != nullptr && *conversation.progress)
        (*conversation.progress)({now->received_objects, now->total_objects, now->received_bytes});
    return 0;
}

git_remote_callbacks callbacks_for(Conversation& conversation) {
    git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
    callbacks.credentials = give_credentials;
    callbacks.certificate_check = judge_certificate;
    callbacks.transfer_progress = tell_progress;
    callbacks.payload = &conversation;
    if (conversation.access.url.starts_with("ssh://")) callbacks.transport = make_ssh_transport;
    return callbacks;
}

/// Its own authorities instead of the host's.
Result<void> trust(const Access& access) {
    if (!access.ca_file) return {};
    const auto* const file = access.ca_file->c_str();
    const int code = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, nullptr);
    if (code >= 0) return {};
    return fail(ErrorCode::configuration,
                library_error(code, fmt::format("read the authorities {}", file)).message,
                "See tls.ca_file.");
}

Result<void> told(int code, const Conversation& conversation) {
    if (code >= 0) return {};
    return fail(remote_error(code, conversation));
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

Result<Connection> Connection::open(RemoteHandle remote, Conversation& conversation) {
    bound_waiting(conversation.access.limits);
    TRY(trust(conversation.access));
    git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    options.callbacks = callbacks_for(conversation);
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    TRY(told(git_remote_connect_ext(remote.get(), GIT_DIRECTION_FETCH, &options), conversation));
    return Connection{std::move(remote), conversation};
}

Result<CommitId> Connection::head_of(const BranchName& branch) {
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    TRY(told(git_remote_ls(&heads, &count, remote_.get()), *conversation_));
    const auto ref = branch.ref();
    for (std::size_t i = 0; i < count; ++i)
        if (ref == heads[i]->name) return id_from(heads[i]->oid);
    const auto& url = conversation_->access.url;
    if (count == 0)
        return fail(ErrorCode::not_found,
                    fmt::format("{} is empty: nothing has been pushed yet", url),
                    fmt::format("Push the branch {}.", branch.text()));
    return fail(ErrorCode::not_found, fmt::format("{} has no branch {}", url, branch.text()),
                "Push it, or change `branch`.");
}

Result<void> Connection::download(const BranchName& branch) {
    // The same on both sides: no ref is written here, but libgit2 wants a whole refspec.
    auto refspec = fmt::format("+{0}:refs/inhaul/{1}", branch.ref(), branch.text());
    char* words[] = {refspec.data()};
    const git_strarray refspecs{.strings = words, .count = 1};
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.callbacks = callbacks_for(*conversation_);
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    return told(git_remote_download(remote_.get(), &refspecs, &options), *conversation_);
}

}  // namespace inhaul::git
