// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include <git/repository/libgit2.hpp>
#include "rules.hpp"
#include "safe_directory.hpp"

namespace inhaul::git {

using Paths = std::set<std::string>;

/// Returns true if a path contains exactly the commit's entry, as the commit's own rules write it.
[[nodiscard]] Result<bool> is_on_disk(SafeDirectory& root, Rules& rules, const std::string& path,
                                      const TreeEntry& wanted);

/// The index, and the state of the tracked files at the time of the scan. Reads a file only if its
/// size, times or inode differ from the index.
class IndexScan {
public:
    [[nodiscard]] static Result<IndexScan> scan(git_repository* repository);
    /// The same for a directory that was opened with mark_in().
    [[nodiscard]] static Result<IndexScan> scan(git_repository* repository, SafeDirectory root);
    /// Returns SafeDirectory's mark for a repository's files.
    [[nodiscard]] static std::string mark_in(git_repository* repository);

    /// Returns the tracked files that differ from the index.
    [[nodiscard]] const Paths& edited() const { return edited_; }

    /// Returns the changes that turn the index and the files into the commit's (none: the empty
    /// tree's). Empty if they are equal.
    [[nodiscard]] Result<Changes> changes_to(const std::optional<CommitId>& commit);

    /// Returns true if the index has this entry, and the file was not edited.
    [[nodiscard]] bool has(const std::string& path, const TreeEntry& wanted) const;

    /// Returns git's mode for a regular file; the mode in `before` if core.fileMode is off.
    [[nodiscard]] git_filemode_t mode_of(const struct ::stat& found,
                                         const std::optional<TreeEntry>& before) const;

    /// Returns a fingerprint of the file at a path, only for comparison.
    [[nodiscard]] Result<std::string> fingerprint_of(const std::string& path);

    /// Removes temporary files that a dead process left beside tracked files and beside `changes`.
    void sweep(const Changes& changes);

    [[nodiscard]] SafeDirectory& root() { return root_; }
    [[nodiscard]] git_index* index() const { return index_.get(); }

    /// Updates the index entry of a path that was just written or removed.
    [[nodiscard]] Result<void> note(const std::string& path, const std::optional<TreeEntry>& now);
    /// Writes the index, which contains `commit`.
    [[nodiscard]] Result<void> save(const CommitId& commit);
    /// Writes the index if only its file times changed, so that the files are not read again.
    [[nodiscard]] Result<void> save_stats();

private:
    IndexScan(git_repository* repository, IndexHandle index, SafeDirectory root)
        : repository_(repository), index_(std::move(index)), root_(std::move(root)) {}

    [[nodiscard]] Result<void> scan_all(const ::timespec& index_time);
    [[nodiscard]] Result<bool> is_edited(const git_index_entry& entry, const struct ::stat& found);
    [[nodiscard]] Result<bool> holds(const char* path, const struct ::stat& found,
                                     const git_oid& blob);

    git_repository* repository_;
    IndexHandle index_;
    SafeDirectory root_;
    Paths edited_;
    std::optional<Rules> rules_;  ///< of HEAD, loaded when first needed
    bool trust_modes_ = true;
    bool stats_changed_ = false;  ///< the index in memory has newer file times than the file
};

}  // namespace inhaul::git
