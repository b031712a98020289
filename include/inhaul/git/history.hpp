// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// Reads single commits from the local repository.
class CommitReader {
public:
    virtual ~CommitReader() = default;

    /// Returns true if the commit's objects are here. A branch that moved back keeps them.
    [[nodiscard]] virtual Result<bool> has(const CommitId& commit) = 0;
    /// Resolves a full or abbreviated commit ID among the objects in the repository. Fails with
    /// code `not_found`, or with `usage` if it is ambiguous or malformed.
    [[nodiscard]] virtual Result<CommitId> resolve(const std::string& name) = 0;
    /// Returns true if a branch that was fetched from the forge contains the commit. Else it may be
    /// a commit that a user of this host made.
    [[nodiscard]] virtual Result<bool> is_fetched(const CommitId& commit) = 0;
    [[nodiscard]] virtual Result<CommitSummary> summary(const CommitId& commit) = 0;
    /// Returns the whole commit message.
    [[nodiscard]] virtual Result<std::string> message(const CommitId& commit) = 0;
    /// Signature and signed bytes. signature() returns nothing for an unsigned commit.
    struct Signature {
        std::string signature;  ///< armoured, SSH or OpenPGP
        std::string content;
    };
    [[nodiscard]] virtual Result<std::optional<Signature>> signature(const CommitId& commit) = 0;
};

/// Compares commits and their files.
class HistoryReader {
public:
    virtual ~HistoryReader() = default;

    /// Returns true if `ancestor` equals `commit` or is an ancestor of it; false if it is missing.
    [[nodiscard]] virtual Result<bool> descends(const CommitId& commit,
                                                const CommitId& ancestor) = 0;
    /// Returns true if the commits have a common ancestor.
    [[nodiscard]] virtual Result<bool> related(const CommitId& one, const CommitId& other) = 0;
    /// Returns true if both commits have the same files; false if `one` is missing.
    [[nodiscard]] virtual Result<bool> same_tree(const CommitId& one, const CommitId& other) = 0;
    /// Returns true if the commits differ at or below any of these paths, or if `one` is missing.
    [[nodiscard]] virtual Result<bool> differ_below(const CommitId& one, const CommitId& other,
                                                    const std::vector<std::string>& paths) = 0;
    /// Returns at most `limit` commits in the history of `to` but not of `from` (none: the whole
    /// history). The newest commit is first.
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
    /// Returns at most `limit` paths that differ and contain a Git LFS pointer. Without `from`,
    /// searches all paths of `to`.
    [[nodiscard]] virtual Result<std::vector<std::string>> lfs_pointers(
        const std::optional<CommitId>& from, const CommitId& to, std::size_t limit) = 0;
};

}  // namespace inhaul::git
