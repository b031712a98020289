#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "library.hpp"

/// Each fetch brings a pack, and each look for an object may go through all of them. What
/// `git gc --auto` is to git.
namespace inhaul::git {

/// More packs than these are gathered into one; as git's gc.autoPackLimit.
inline constexpr std::size_t most_packs = 50;

/// How many of these sizes, which ascend, are gathered: up to the last one that is at most twice as
/// big as all before it together. What is left out then doubles and more from one to the next, so
/// that an object is written anew a logarithmic number of times only.
[[nodiscard]] std::size_t how_many_to_gather(const std::vector<std::uint64_t>& sizes);

/// Gathers small packs when there are too many. Packs with a .keep or .promisor, and all packs of
/// a repository with a multi-pack-index, are somebody else's to keep. Nothing is lost when it
/// fails or is killed: the old packs go last. A failure is only logged, but for a damaged pack
/// (code `corrupt`).
[[nodiscard]] Result<void> gather_packs(const std::filesystem::path& git_directory);

}  // namespace inhaul::git
