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

/// The app's directory and its objects. Blocking; for a worker process under the app's lock.
namespace inhaul::git {

struct Progress {
    std::uint64_t objects_received = 0;
    std::uint64_t objects_total = 0;
    std::uint64_t bytes_received = 0;
};
using OnProgress = std::function<void(const Progress&)>;

/// How the directory compares with a commit.
struct Comparison {
    bool head_is_target = false;  ///< the configured branch is checked out and at the target
    std::size_t edited = 0;       ///< tracked files that differ from what HEAD says
    bool tree_is_target = false;  ///< every tracked file is exactly the target's
    // In both, what adopt_edits() has been told of this commit's files does not count.
};

/// The port that deploy speaks to.
class Repository {
public:
    virtual ~Repository() = default;

    /// Opens the directory, or makes it and an empty repository in it when it is missing or empty.
    /// Sweeps what a killed run left (lock files, half packs): the caller holds the app's lock.
    /// Code `refused` for a directory that holds something else, belongs to another account, or is
    /// bare; the message says what was found.
    [[nodiscard]] virtual Result<void> open() = 0;

    /// Fetches exactly the one branch, no tags, into `refs/inhaul/<branch>`, and returns its head.
    /// Where the repository has a remote for that branch, its `refs/remotes/` follows. `told` is
    /// the head that the forge has just named: over https it is fetched without asking for the head
    /// once more.
    [[nodiscard]] virtual Result<CommitId> fetch(const OnProgress& progress,
                                                 const std::optional<CommitId>& told) = 0;

    /// Whether the commit's objects are here (a branch that moved back keeps them).
    [[nodiscard]] virtual Result<bool> has(const CommitId& commit) = 0;
    /// A full or abbreviated commit name, resolved among the objects that are here; not_found or
    /// ambiguous (usage) otherwise.
    [[nodiscard]] virtual Result<CommitId> resolve(const std::string& name) = 0;
    [[nodiscard]] virtual Result<CommitSummary> summary(const CommitId& commit) = 0;
    /// What HEAD says now; nothing in an empty repository.
    [[nodiscard]] virtual Result<std::optional<CommitId>> head() = 0;
    /// The whole message.
    [[nodiscard]] virtual Result<std::string> message(const CommitId& commit) = 0;
    /// The one has the other in its history, or is it. False when that one is not here.
    [[nodiscard]] virtual Result<bool> descends(const CommitId& commit,
                                                const CommitId& ancestor) = 0;
    /// Whether something at one of these paths, or below, differs between the two. True when the
    /// first is not here.
    [[nodiscard]] virtual Result<bool> differ_below(const CommitId& one, const CommitId& other,
                                                    const std::vector<std::string>& paths) = 0;
    /// The commits that `to` has and `from` has not (without one: all of its history), the newest
    /// first, at most `limit`.
    struct LogEntry {
        CommitId commit;
        CommitSummary summary;
    };
    [[nodiscard]] virtual Result<std::vector<LogEntry>> log(const std::optional<CommitId>& from,
                                                            const CommitId& to,
                                                            std::size_t limit) = 0;
    /// What the one has otherwise than the other, as git's letters say it: A, M or D, and the path.
    struct ChangedFile {
        char how;
        std::string path;
    };
    [[nodiscard]] virtual Result<std::vector<ChangedFile>> changed_files(
        const std::optional<CommitId>& from, const CommitId& to) = 0;
    /// Files that Git LFS has put a pointer in the place of, among those that differ between the
    /// two (without the first: among all), at most `limit`.
    [[nodiscard]] virtual Result<std::vector<std::string>> lfs_pointers(
        const std::optional<CommitId>& from, const CommitId& to, std::size_t limit) = 0;
    /// Fetches what is not here yet of the commit's submodules, and of theirs. Each is part of what
    /// the others here say of the commit's files; all say so only of what has been fetched.
    [[nodiscard]] virtual Result<void> fetch_submodules(const CommitId& commit,
                                                        const OnProgress& progress) = 0;
    /// The signature of a commit and the bytes that it is about; nothing for one that has none.
    struct Signature {
        std::string signature;  ///< armoured: SSH's or OpenPGP's
        std::string content;
    };
    [[nodiscard]] virtual Result<std::optional<Signature>> signature(const CommitId& commit) = 0;
    /// Both commits hold the same files. False when the first one is not here.
    [[nodiscard]] virtual Result<bool> same_tree(const CommitId& one, const CommitId& other) = 0;
    /// The two have a common ancestor.
    [[nodiscard]] virtual Result<bool> related(const CommitId& one, const CommitId& other) = 0;
    [[nodiscard]] virtual Result<Comparison> compare(const CommitId& target) = 0;

    /// Saves what switch_to(target) would discard, below `directory`, readable by this account
    /// only: edits of tracked files as a patch that `git apply` takes, what is staged and not on
    /// disk as another; as copies what no patch can hold: untracked files in the way of the
    /// target's, the state of a merge or rebase that is going on. Local commits that nothing else
    /// names are kept under `refs/inhaul/saved/`. What a switch that was cut short has written is
    /// not taken for an edit. Returns one line for each thing saved; empty when none.
    [[nodiscard]] virtual Result<std::vector<std::string>> save_local_edits(
        const CommitId& target, const std::filesystem::path& directory) = 0;

    /// Tracked files that differ from the commit now were written by the app's own hooks, as a
    /// build writes a lock file. The paths that have changed since this was called last.
    [[nodiscard]] virtual Result<std::vector<std::string>> adopt_edits(const CommitId& commit) = 0;

    /// Where the files of a commit are, or will be.
    [[nodiscard]] virtual std::filesystem::path place_of(const CommitId& commit) const = 0;
    /// Whether each commit has a place of its own, which can be made before it is live.
    [[nodiscard]] virtual bool apart() const = 0;
    /// Makes that place, beside what is live; with `afresh` a further one, and from then on that is
    /// the commit's place. One that is live is never written to where it is what the commit says.
    [[nodiscard]] virtual Result<void> prepare(const CommitId& target, bool afresh) = 0;
    /// Whether note_built() was called for the commit's place. Where commits have none: false.
    [[nodiscard]] virtual Result<bool> is_built(const CommitId& commit) = 0;
    /// The commit's place is complete. Lasting.
    [[nodiscard]] virtual Result<void> note_built(const CommitId& commit) = 0;
    /// Whether what is live is a further place of the commit, and an earlier one is complete.
    [[nodiscard]] virtual Result<bool> has_earlier_build(const CommitId& commit) = 0;
    /// The commit's place is the earlier one again, if what is live is the further one.
    [[nodiscard]] virtual Result<void> drop_build(const CommitId& commit) = 0;
    /// Removes places that are not needed any more: never of these, nor of the newest. Edits of
    /// their tracked files are saved first, and told, as by save_local_edits().
    [[nodiscard]] virtual Result<std::vector<std::string>> prune(
        const std::vector<CommitId>& needed, const std::filesystem::path& directory) = 0;

    /// Whether switch_to() can write all that it must, as far as can be told without touching
    /// anything; of submodules, those that have been fetched. Code `refused` for a commit that
    /// cannot be written at all. Any other code is about this host: permissions, mounts, space, a
    /// branch that another worktree has.
    [[nodiscard]] virtual Result<void> check_switch(const CommitId& target) = 0;
    /// Makes the tracked files, the index and the branch exactly the commit, as
    /// `git reset --hard` does; untracked and ignored files stay. The branch moves last.
    [[nodiscard]] virtual Result<void> switch_to(const CommitId& target) = 0;
    /// After a switch_to() that failed or was killed: makes everything `before` again. False where
    /// it had touched nothing, and nothing is touched now.
    [[nodiscard]] virtual Result<bool> undo_switch(const CommitId& before) = 0;

    /// What makes the next deployments quicker, once this one is over: gathers packs, for a bounded
    /// time.
    [[nodiscard]] virtual Result<void> tidy() = 0;

    /// Writes the stamp file, untracked and listed in `.git/info/exclude`. False, and nothing is
    /// written, when the commit itself has a file of that name.
    [[nodiscard]] virtual Result<bool> write_stamp(const std::filesystem::path& stamp,
                                                   const CommitId& commit, TimePoint time) = 0;
};

/// How long a server may keep us waiting; the process's own deadline bounds the whole.
struct Limits {
    Milliseconds connect{20'000};  ///< until the connection stands
    Milliseconds silence{60'000};  ///< between two words of the other side
    Milliseconds drip{180'000};    ///< over https: for at least a kilobyte of an answer
};

/// How the remote is reached; secrets as bytes, so that nothing below reads files of settings.
struct Access {
    std::string url;
    std::optional<std::filesystem::path> ssh_key = {};
    /// Of the key: ssh asks this very program for it, which reads it from here.
    std::optional<std::filesystem::path> passphrase_file = {};
    std::optional<std::filesystem::path> ssh_config = {};
    std::optional<std::filesystem::path> known_hosts = {};
    std::optional<Secret> token = {};  ///< sent over https (or to loopback) only, as x-access-token
    std::optional<std::filesystem::path> ca_file = {};
    Limits limits = {};
    /// Reads what .gitmodules calls a URL, as `repository` in the settings is read. Without it
    /// submodules are left alone, as `git reset` does.
    std::function<Result<std::string>(std::string_view)> submodule_url = {};
};

/// A checkout in the directory itself.
[[nodiscard]] std::unique_ptr<Repository> repository(std::filesystem::path directory,
                                                     BranchName branch, Access access);
/// In the directory: `repo.git`, a bare repository; `releases/COMMIT`, each a worktree of it, with
/// what is unchanged hard-linked, or its blocks shared where the file system can; `current`, a link
/// to the one that is live, replaced in one step; `shared`, whose paths are linked into each.
[[nodiscard]] std::unique_ptr<Repository> releases(std::filesystem::path directory,
                                                   BranchName branch, Access access,
                                                   ReleaseSettings settings);

/// The head of the branch as the remote tells it, without a repository. `not_found` when the
/// branch, or everything, is missing.
[[nodiscard]] Result<CommitId> remote_head(const Access& access, const BranchName& branch);

}  // namespace inhaul::git
