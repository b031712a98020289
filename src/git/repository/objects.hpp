// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <git/repair/repairing.hpp>
#include <git/submodules/submodules.hpp>
#include <git/transport/fetch_context.hpp>
#include "libgit2.hpp"

namespace inhaul::git {

/// Common part of all repositories: fetches and reads commits.
class Objects : public Repairable {
public:
    Result<bool> is_foreign(const std::filesystem::path& /*scratch*/,
                            const OnProgress& /*progress*/) override {
        return false;
    }
    Result<bool> has(const CommitId& commit) override;
    Result<CommitId> resolve(const std::string& name) override;
    Result<bool> is_fetched(const CommitId& commit) override;
    Result<CommitSummary> summary(const CommitId& commit) override;
    Result<std::string> message(const CommitId& commit) override;
    Result<bool> descends(const CommitId& commit, const CommitId& ancestor) override;
    Result<bool> differ_below(const CommitId& one, const CommitId& other,
                              const std::vector<std::string>& paths) override;
    Result<bool> same_tree(const CommitId& one, const CommitId& other) override;
    Result<bool> related(const CommitId& one, const CommitId& other) override;
    Result<std::optional<Signature>> signature(const CommitId& commit) override;
    Result<std::vector<std::string>> lfs_pointers(const std::optional<CommitId>& from,
                                                  const CommitId& to, std::size_t limit) override;
    Result<void> fetch_submodules(const CommitId& commit, const OnProgress& progress) override;
    Result<std::vector<LogEntry>> log(const std::optional<CommitId>& from, const CommitId& to,
                                      std::size_t limit) override;
    Result<std::vector<ChangedFile>> changed_files(const std::optional<CommitId>& from,
                                                   const CommitId& to) override;

protected:
    Objects(BranchName branch, Access access)
        : branch_(std::move(branch)), access_(std::move(access)) {}

    [[nodiscard]] virtual git_repository* repository() const = 0;

    [[nodiscard]] Result<CommitId> fetch_objects(const OnProgress& progress,
                                                 const std::optional<CommitId>& known_head);
    /// Returns the superproject of a commit's submodules.
    [[nodiscard]] virtual Superproject superproject(const CommitId& commit) const = 0;

    [[nodiscard]] Result<void> rebuild_at(const std::filesystem::path& git_directory, bool bare);

    BranchName branch_;
    Access access_;
};

}  // namespace inhaul::git
