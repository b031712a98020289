// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>
#include <git/edits/saved_files.hpp>

namespace inhaul::git {

/// Saves edits in the repositories below this repository: in its index and in `target`. `place` is
/// the directory of its files. Commits that `target`, `ours` or HEAD pin are not local commits.
[[nodiscard]] Result<std::vector<std::string>> save_edits_below(
    git_repository* repository, const std::filesystem::path& place, IndexScan& tree,
    const std::optional<CommitId>& target, const std::vector<CommitId>& ours, const SaveTo& to);

}  // namespace inhaul::git
