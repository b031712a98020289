// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/git/fetcher.hpp>
#include <inhaul/git/history.hpp>
#include <inhaul/git/local_edits.hpp>
#include <inhaul/git/release_store.hpp>
#include <inhaul/git/working_tree.hpp>
#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/http_session.hpp>
#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

/// The app's directory and its objects. All functions block; they are for a worker process that
/// holds the app's lock.
namespace inhaul::git {

/// All ports of one directory. A consumer takes the narrow ports that it needs.
class Repository : public CommitReader,
                   public HistoryReader,
                   public Fetcher,
                   public WorkingTree,
                   public ReleaseStore,
                   public LocalEditsReader {};

/// How to reach the remote. Secrets are stored as bytes: no code below reads settings files.
struct Access {
    std::string url;
    std::optional<std::filesystem::path> ssh_key = {};
    /// File with the passphrase of the key. ssh runs this program to ask for it.
    std::optional<std::filesystem::path> passphrase_file = {};
    std::optional<std::filesystem::path> ssh_config = {};
    std::optional<std::filesystem::path> known_hosts = {};
    std::optional<Secret> token = {};  ///< sent only over https (or to loopback), as x-access-token
    std::optional<std::filesystem::path> token_file = {};  ///< where the token is, for hints
    std::optional<std::filesystem::path> ca_file = {};
    /// ssh has no minimum rate. The process's own deadline limits the whole fetch.
    http::SessionTimeouts timeouts = {};
    /// Parses a URL of .gitmodules, by the rules for `repository` in the settings. Without it,
    /// submodules are left alone, as `git reset` does.
    std::function<Result<std::string>(std::string_view)> submodule_url = {};
};

/// Returns a repository whose checkout is the directory itself.
[[nodiscard]] std::unique_ptr<Repository> repository(std::filesystem::path directory,
                                                     BranchName branch, Access access);
/// Returns a repository with releases. `repo.git` is bare. `releases/COMMIT` are its worktrees:
/// unchanged files are hard links, or share blocks where possible. `current` links to the live
/// release, and is replaced atomically. The paths in `shared` are linked into each release.
[[nodiscard]] std::unique_ptr<Repository> releases(std::filesystem::path directory,
                                                   BranchName branch, Access access,
                                                   ReleaseSettings settings);

/// Returns the head of the branch from the remote, without a local repository. Fails with code
/// `not_found` if the branch or the repository is missing.
[[nodiscard]] Result<CommitId> remote_head(const Access& access, const BranchName& branch);

}  // namespace inhaul::git
