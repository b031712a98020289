// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <inhaul/util/clock.hpp>

#include "libgit2.hpp"

/// Repacking, as `git gc --auto` does. Each fetch adds a pack, and a lookup may search all packs.
namespace inhaul::git {

/// Packs are merged above this number, as with git's gc.autoPackLimit.
inline constexpr std::size_t most_packs = 50;

/// Upper limit for merged packs, since each byte is compressed again.
inline constexpr std::uint64_t most_bytes_merged = 64ULL * 1024 * 1024;

/// Returns how many of these ascending sizes to merge, within most_bytes_merged. The last merged
/// size is the last size that is at most twice the sum of all sizes before it. The remaining sizes
/// then more than double from one to the next. So each object is rewritten only a logarithmic
/// number of times.
[[nodiscard]] std::size_t count_to_merge(const std::vector<std::uint64_t>& sizes);

/// Merges small packs if there are too many. Leaves packs with a .keep or .promisor file, and
/// repositories with a multi-pack-index. Removes old packs last, so a failure or kill loses
/// nothing. Time and bytes are limited, since this is not part of a deployment. After a timeout, or
/// another failure, it waits for many more packs. Logs failures. Fails only for a damaged pack
/// (code `corrupt`).
[[nodiscard]] Result<void> merge_packs(const std::filesystem::path& git_directory,
                                       Milliseconds limit = Milliseconds{20'000});
/// The same for a repository and the repositories of its submodules.
[[nodiscard]] Result<void> merge_all_packs(const std::filesystem::path& git_directory);

}  // namespace inhaul::git
