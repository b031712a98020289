#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

/// The app's directory and its objects. All functions block; they are for a worker process that
/// holds the app's lock.
namespace inhaul::git {

struct Progress {
    std::uint64_t objects_received = 0;
    std::uint64_t objects_total = 0;
    std::uint64_t bytes_received = 0;
};
using OnProgress = std::function<void(const Progress&)>;

/// Comparison of the directory with a commit.
struct Comparison {
    bool head_is_target = false;  ///< the configured branch is checked out, at the target
    std::size_t edited = 0;       ///< number of tracked files that differ from HEAD
    bool tree_is_target = false;  ///< every tracked file equals the target's
    // Neither field counts edits of this commit that adopt_edits() has recorded.
};

/// The port that `deploy` uses.
class Repository {
public:
    virtual ~Repository() = default;

    /// Opens the repository in the directory. If the directory is missing or empty, creates both.
    /// Removes what a killed run left (lock files, partial packs), so the caller must hold the
    /// app's lock. Fails with code `refused` if the directory has other contents, belongs to
    /// another account, or is a bare repository; the message says which.
    [[nodiscard]] virtual Result<void> open() = 0;

    /// Fetches one branch, without tags, into `refs/inhaul/<branch>`, and returns its head. Updates
    /// `refs/remotes/` if a remote has that branch. `known_head` is the head that the forge has
    /// just reported: over https, it is fetched without a request for the head.
    [[nodiscard]] virtual Result<CommitId> fetch(const OnProgress& progress,
                                                 const std::optional<CommitId>& known_head) = 0;

    /// Returns true if the commit's objects are here. A branch that moved back keeps them.
    [[nodiscard]] virtual Result<bool> has(const CommitId& commit) = 0;
    /// Resolves a full or abbreviated commit ID among the objects in the repository. Fails with
    /// code `not_found`, or with `usage` if it is ambiguous or malformed.
    [[nodiscard]] virtual Result<CommitId> resolve(const std::string& name) = 0;
    [[nodiscard]] virtual Result<CommitSummary> summary(const CommitId& commit) = 0;
    /// Returns the commit of HEAD; nothing in an empty repository.
    [[nodiscard]] virtual Result<std::optional<CommitId>> head() = 0;
    /// Returns the whole commit message.
    [[nodiscard]] virtual Result<std::string> message(const CommitId& commit) = 0;
    /// Returns true if `ancestor` equals `commit` or is an ancestor of it; false if it is missing.
    [[nodiscard]] virtual Result<bool> descends(const CommitId& commit,
                                                const CommitId& ancestor) = 0;
    /// Returns true if they differ at or below one of these paths, or if `one` is missing.
    [[nodiscard]] virtual Result<bool> differ_below(const CommitId& one, const CommitId& other,
                                                    const std::vector<std::string>& paths) = 0;
    /// Returns the commits in the history of `to` but not of `from` (none: the whole history),
    /// newest first, at most `limit`.
    struct LogEntry {
        CommitId commit;
        CommitSummary summary;
    };
    [[nodiscard]] virtual Result<std::vector<LogEntry>> log(const std::optional<CommitId>& from,
                                                            const CommitId& to,
                                                            std::size_t limit) = 0;
    /// Returns the paths that differ, with git's letter: A (added), M (modified), D (deleted).
    struct ChangedFile {
        char how;
        std::string path;
    };
    [[nodiscard]] virtual Result<std::vector<ChangedFile>> changed_files(
        const std::optional<CommitId>& from, const CommitId& to) = 0;
    /// Returns the paths that contain a Git LFS pointer among those that differ (without `from`:
    /// among all), at most `limit`.
    [[nodiscard]] virtual Result<std::vector<std::string>> lfs_pointers(
        const std::optional<CommitId>& from, const CommitId& to, std::size_t limit) = 0;
    /// Fetches missing commits of the commit's submodules, including nested ones. The other
    /// functions count a fetched submodule as part of the commit's files, and ignore others.
    [[nodiscard]] virtual Result<void> fetch_submodules(const CommitId& commit,
                                                        const OnProgress& progress) = 0;
    /// Signature and signed bytes. signature() returns nothing for an unsigned commit.
    struct Signature {
        std::string signature;  ///< armoured, SSH or OpenPGP
        std::string content;
    };
    [[nodiscard]] virtual Result<std::optional<Signature>> signature(const CommitId& commit) = 0;
    /// Returns true if both commits have the same files; false if `one` is missing.
    [[nodiscard]] virtual Result<bool> same_tree(const CommitId& one, const CommitId& other) = 0;
    /// Returns true if the commits have a common ancestor.
    [[nodiscard]] virtual Result<bool> related(const CommitId& one, const CommitId& other) = 0;
    [[nodiscard]] virtual Result<Comparison> compare(const CommitId& target) = 0;

    /// Saves what switch_to(target) would discard, below `directory`, readable by this account
    /// only. Edits of tracked files become a patch for `git apply`; staged changes that are not on
    /// disk, another one. Untracked files that the target overwrites are copied; so is the state of
    /// an unfinished merge or rebase. Local commits that no other ref contains are kept under
    /// `refs/inhaul/saved/`. What an interrupted switch wrote is no edit. Returns one line for each
    /// thing saved.
    [[nodiscard]] virtual Result<std::vector<std::string>> save_local_edits(
        const CommitId& target, const std::filesystem::path& directory) = 0;

    /// Records that the app's own hooks wrote the tracked files that differ from the commit now,
    /// such as a lock file of a build. Returns the paths that changed since the last call.
    [[nodiscard]] virtual Result<std::vector<std::string>> adopt_edits(const CommitId& commit) = 0;

    /// Returns the directory of the commit's files, which may not exist yet.
    [[nodiscard]] virtual std::filesystem::path place_of(const CommitId& commit) const = 0;
    /// Returns true if each commit has its own directory, which can be built before it is live.
    [[nodiscard]] virtual bool apart() const = 0;
    /// Creates that directory beside the live one. With `afresh` creates another one, which then is
    /// the commit's directory. Does not write to a live directory that already equals the commit.
    [[nodiscard]] virtual Result<void> prepare(const CommitId& target, bool afresh) = 0;
    /// Returns true if note_built() was called for it. False if commits share one directory.
    [[nodiscard]] virtual Result<bool> is_built(const CommitId& commit) = 0;
    /// Records durably that the commit's directory is complete.
    [[nodiscard]] virtual Result<void> note_built(const CommitId& commit) = 0;
    /// Returns true if the live directory is a rebuild, and an earlier one is complete.
    [[nodiscard]] virtual Result<bool> has_earlier_build(const CommitId& commit) = 0;
    /// Makes the earlier directory the commit's again, if the live one is the rebuild.
    [[nodiscard]] virtual Result<void> drop_build(const CommitId& commit) = 0;
    /// Removes old directories, except those of `needed` and the newest ones. First saves edits of
    /// their tracked files, and returns lines about them, as save_local_edits() does.
    [[nodiscard]] virtual Result<std::vector<std::string>> prune(
        const std::vector<CommitId>& needed, const std::filesystem::path& directory) = 0;

    /// Checks that switch_to() can write everything, as far as this is possible without changes; of
    /// submodules, only fetched ones. Fails with code `refused` if the commit can never be written.
    /// Any other code is about this host: permissions, mounts, space, or a branch that another
    /// worktree has checked out.
    [[nodiscard]] virtual Result<void> check_switch(const CommitId& target) = 0;
    /// Sets the tracked files, the index and the branch to the commit, as `git reset --hard` does.
    /// Untracked and ignored files stay. The branch moves last.
    [[nodiscard]] virtual Result<void> switch_to(const CommitId& target) = 0;
    /// Restores `before` after a switch_to() that failed or was killed. Returns false, and changes
    /// nothing, if that switch had changed nothing.
    [[nodiscard]] virtual Result<bool> undo_switch(const CommitId& before) = 0;

    /// Repacks the repository in a bounded time. To be called after a deployment.
    [[nodiscard]] virtual Result<void> tidy() = 0;

    /// Writes the stamp file, untracked and listed in `.git/info/exclude`. Returns false, and
    /// writes nothing, if the commit has a file of that name.
    [[nodiscard]] virtual Result<bool> write_stamp(const std::filesystem::path& stamp,
                                                   const CommitId& commit, TimePoint time) = 0;
};

/// Time limits for a server. The process's own deadline limits the whole fetch.
struct Limits {
    Milliseconds connect{20'000};  ///< until the connection is established
    Milliseconds silence{60'000};  ///< without any data from the server
    Milliseconds drip{180'000};    ///< over https: for each kilobyte of a response
};

/// How to reach the remote. Secrets are stored as bytes: no code below reads settings files.
struct Access {
    std::string url;
    std::optional<std::filesystem::path> ssh_key = {};
    /// File with the passphrase of the key. ssh runs this program to ask for it.
    std::optional<std::filesystem::path> passphrase_file = {};
    std::optional<std::filesystem::path> ssh_config = {};
    std::optional<std::filesystem::path> known_hosts = {};
    std::optional<Secret> token = {};  ///< sent only over https (or to loopback), as x-access-token
    std::optional<std::filesystem::path> ca_file = {};
    Limits limits = {};
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
