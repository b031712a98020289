#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <git/checkout/index_scan.hpp>

namespace inhaul::git {

/// Saves what is edited in the repositories below this one: those in its index, and where `target`
/// has some. `place` is where its files are. What `target` and `ours` pin is not a person's, nor
/// what HEAD does.
[[nodiscard]] Result<std::vector<std::string>> save_edits_below(
    git_repository* repository, const std::filesystem::path& place, IndexScan& tree,
    const std::optional<CommitId>& target, const std::vector<CommitId>& ours,
    const std::filesystem::path& directory);

}  // namespace inhaul::git
