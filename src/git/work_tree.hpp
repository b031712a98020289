#pragma once

#include <set>
#include <string>

#include "library.hpp"
#include "root.hpp"
#include "tree_changes.hpp"

namespace inhaul::git {

using Paths = std::set<std::string>;

/// The index, and the tracked files on disk as they were when this was made: each is looked at
/// once, and read only where size, times or inode are not what the index remembers.
class WorkTree {
public:
    [[nodiscard]] static Result<WorkTree> look(git_repository* repository);

    /// Tracked files that are not on disk as the index has them.
    [[nodiscard]] const Paths& edited() const { return edited_; }

    /// What must be done so that the index and the files become the commit's (without one: the
    /// empty tree's). Nothing when they are that.
    [[nodiscard]] Result<Changes> changes_to(const std::optional<CommitId>& commit);

    /// Whether a path is in the index as this, and has not been touched since.
    [[nodiscard]] bool has(const std::string& path, const Wanted& wanted) const;

    /// Whether a path that is not in the index holds exactly this.
    [[nodiscard]] Result<bool> is_on_disk(const std::string& path, const Wanted& wanted);

    /// What is on disk at a path, in a word of no other meaning than that it is the same again.
    [[nodiscard]] Result<std::string> state_of(const std::string& path);

    /// Removes what a process that died may have left beside the files, and beside those that are
    /// to change.
    void sweep(const Changes& changes);

    [[nodiscard]] Root& root() { return root_; }
    [[nodiscard]] git_index* index() const { return index_.get(); }

    /// The index says what is at this path now: what was just written there, or nothing.
    [[nodiscard]] Result<void> note(const std::string& path, const std::optional<Wanted>& now);
    /// Makes the index durable; `commit` is what it holds.
    [[nodiscard]] Result<void> save(const CommitId& commit);
    /// The same when it only learned how files look, so that they need not be read once more.
    [[nodiscard]] Result<void> save_looks();

private:
    WorkTree(git_repository* repository, IndexHandle index, Root root)
        : repository_(repository), index_(std::move(index)), root_(std::move(root)) {}

    [[nodiscard]] Result<void> look_at_all(const ::timespec& index_time);
    [[nodiscard]] Result<bool> is_edited(const git_index_entry& entry, const struct ::stat& found);
    [[nodiscard]] Result<git_oid> content_of(const char* path, const struct ::stat& found);
    [[nodiscard]] Result<git_oid> raw_content_of(const char* path);
    [[nodiscard]] Result<bool> is_as_written(const git_index_entry& entry);

    git_repository* repository_;
    IndexHandle index_;
    Root root_;
    Paths edited_;
    bool trust_modes_ = true;
    bool learned_ = false;  ///< the index in memory knows more than the one on disk
};

}  // namespace inhaul::git
