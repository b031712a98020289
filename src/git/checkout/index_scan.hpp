#pragma once

#include <set>
#include <string>

#include <git/repository/libgit2.hpp>
#include "rules.hpp"
#include "safe_directory.hpp"

namespace inhaul::git {

using Paths = std::set<std::string>;

/// Whether a path holds exactly what a commit has there, as the commit's own rules have it on disk.
[[nodiscard]] Result<bool> is_on_disk(SafeDirectory& root, Rules& rules, const std::string& path,
                                      const Wanted& wanted);

/// The index, and the tracked files on disk as they were when this was made: each is looked at
/// once, and read only where size, times or inode are not what the index remembers.
class IndexScan {
public:
    [[nodiscard]] static Result<IndexScan> look(git_repository* repository);
    /// The same below a directory that was opened with the mark of mark_in().
    [[nodiscard]] static Result<IndexScan> look(git_repository* repository, SafeDirectory root);
    /// SafeDirectory's mark for the files of a repository.
    [[nodiscard]] static std::string mark_in(git_repository* repository);

    /// Tracked files that are not on disk as the index has them.
    [[nodiscard]] const Paths& edited() const { return edited_; }

    /// What must be done so that the index and the files become the commit's (without one: the
    /// empty tree's). Nothing when they are that.
    [[nodiscard]] Result<Changes> changes_to(const std::optional<CommitId>& commit);

    /// Whether a path is in the index as this, and has not been touched since.
    [[nodiscard]] bool has(const std::string& path, const Wanted& wanted) const;

    /// What git takes a regular file for. Where modes are not to be trusted, for what it was
    /// before.
    [[nodiscard]] git_filemode_t mode_of(const struct ::stat& found,
                                         const std::optional<Wanted>& before) const;

    /// What is on disk at a path, in a word of no other meaning than that it is the same again.
    [[nodiscard]] Result<std::string> state_of(const std::string& path);

    /// Removes what a process that died may have left beside the files, and beside those that are
    /// to change.
    void sweep(const Changes& changes);

    [[nodiscard]] SafeDirectory& root() { return root_; }
    [[nodiscard]] git_index* index() const { return index_.get(); }

    /// The index says what is at this path now: what was just written there, or nothing.
    [[nodiscard]] Result<void> note(const std::string& path, const std::optional<Wanted>& now);
    /// Makes the index durable; `commit` is what it holds.
    [[nodiscard]] Result<void> save(const CommitId& commit);
    /// The same when it only learned how files look, so that they need not be read once more.
    [[nodiscard]] Result<void> save_looks();

private:
    IndexScan(git_repository* repository, IndexHandle index, SafeDirectory root)
        : repository_(repository), index_(std::move(index)), root_(std::move(root)) {}

    [[nodiscard]] Result<void> look_at_all(const ::timespec& index_time);
    [[nodiscard]] Result<bool> is_edited(const git_index_entry& entry, const struct ::stat& found);
    [[nodiscard]] Result<bool> holds(const char* path, const struct ::stat& found,
                                     const git_oid& blob);

    git_repository* repository_;
    IndexHandle index_;
    SafeDirectory root_;
    Paths edited_;
    std::optional<Rules> rules_;  ///< of HEAD, once they are asked for
    bool trust_modes_ = true;
    bool learned_ = false;  ///< the index in memory knows more than the one on disk
};

}  // namespace inhaul::git
