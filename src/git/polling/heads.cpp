// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/heads.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/git/access.hpp>

#include "https_head.hpp"
#include "ssh_remote.hpp"

namespace inhaul::git {
namespace {

std::array<std::optional<std::filesystem::path>, 4> files_of(const Access& access) {
    return {access.ssh_key, access.passphrase_file, access.ssh_config, access.known_hosts};
}

/// Returns a text that is the same for the same server, account and files.
std::string session_key(const Access& access) {
    auto key = access.url;
    for (const auto& file : files_of(access))
        key += '\n' + file.value_or("").string();
    return key;
}

/// Returns a text that changes with the contents of these files.
std::string state_of_files(const Access& access) {
    std::string state;
    for (const auto& file : files_of(access)) {
        struct ::stat found {};
        if (!file || ::stat(file->c_str(), &found) != 0) continue;
        state +=
            fmt::format("{} {} {}.{} {}.{}\n", found.st_ino, found.st_size, found.st_mtim.tv_sec,
                        found.st_mtim.tv_nsec, found.st_ctim.tv_sec, found.st_ctim.tv_nsec);
    }
    return state;
}

class Heads final : public GitHeads {
public:
    Heads(http::Client& client, EventLoop& loop, const Clock& clock, Milliseconds deadline)
        : client_(client), loop_(loop), clock_(clock), deadline_(deadline) {}

    void poll_head(const Settings& settings, Answered answered) override {
        const auto protocol = git_protocol(settings.git_url);
        if (protocol == GitProtocol::local) return later(std::nullopt, std::move(answered));
        auto access = access_for(settings, tokens_);
        if (!access) return later(GitHead{fail(std::move(access.error()))}, std::move(answered));
        if (protocol == GitProtocol::http)
            return poll_over_https(client_, std::move(*access), settings.branch, deadline_, moved_,
                                   std::move(answered));
        poll_over_ssh(std::move(*access), settings.branch, std::move(answered));
    }

    void reset() override {
        moved_ = std::make_shared<MovedUrls>();
        for (auto& [key, kept] : remotes_)
            retire(std::move(kept.remote));
        remotes_.clear();
    }

private:
    struct Kept {
        std::string files;  ///< their state at the start
        std::shared_ptr<SshRemote> remote;
    };

    void later(std::optional<GitHead> head, Answered answered) {
        client_.defer([head = std::move(head), answered = std::move(answered)] { answered(head); });
    }

    void poll_over_ssh(Access access, const BranchName& branch, Answered answered) {
        std::erase_if(retired_, [](const auto& remote) { return !remote->busy(); });
        auto& kept = remotes_[session_key(access)];
        auto files = state_of_files(access);
        if (kept.remote && kept.files != files) retire(std::move(kept.remote));
        if (!kept.remote)
            kept = {std::move(files),
                    std::make_shared<SshRemote>(SshRemote::Context{loop_, clock_, deadline_},
                                                std::move(access))};
        const auto open = std::count_if(remotes_.begin(), remotes_.end(), [&](const auto& entry) {
            return entry.second.remote != kept.remote && entry.second.remote->takes_session();
        });
        kept.remote->poll_head(branch, static_cast<std::size_t>(open) < most_kept_sessions,
                               std::move(answered));
    }

    /// Its polls still end.
    void retire(std::shared_ptr<SshRemote> remote) {
        remote->retire();
        if (remote->busy()) retired_.push_back(std::move(remote));
    }

    http::Client& client_;
    EventLoop& loop_;
    const Clock& clock_;
    Milliseconds deadline_;
    SecretFiles tokens_;
    std::shared_ptr<MovedUrls> moved_ = std::make_shared<MovedUrls>();
    std::map<std::string, Kept> remotes_;
    std::vector<std::shared_ptr<SshRemote>> retired_;
};

}  // namespace

std::unique_ptr<GitHeads> heads(http::Client& client, EventLoop& loop, const Clock& clock,
                                Milliseconds deadline) {
    return std::make_unique<Heads>(client, loop, clock, deadline);
}

}  // namespace inhaul::git
