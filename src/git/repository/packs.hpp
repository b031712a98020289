#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <inhaul/util/clock.hpp>

#include "libgit2.hpp"

/// Each fetch brings a pack, and each look for an object may go through all of them. What
/// `git gc --auto` is to git.
namespace inhaul::git {

/// More packs than these are gathered into one; as git's gc.autoPackLimit.
inline constexpr std::size_t most_packs = 50;

/// More than these are not gathered: each byte is compressed again.
inline constexpr std::uint64_t most_bytes_gathered = 64ULL * 1024 * 1024;

/// How many of these sizes, which ascend, are gathered: up to the last one that is at most twice as
/// big as all before it together, and no more than may be gathered. What is left out then doubles
/// and more from one to the next, so that an object is written anew a logarithmic number of times
/// only.
[[nodiscard]] std::size_t how_many_to_gather(const std::vector<std::uint64_t>& sizes);

/// Gathers small packs when there are too many. Packs with a .keep or .promisor, and all packs of
/// a repository with a multi-pack-index, are somebody else's to keep. Nothing is lost when it
/// fails or is killed: the old packs go last. It is no part of a deployment, and is bounded in time
/// and bytes: what takes longer is given up, and tried again when there are many packs more. A
/// failure is only logged, but for a damaged pack (code `corrupt`).
[[nodiscard]] Result<void> gather_packs(const std::filesystem::path& git_directory,
                                        Milliseconds limit = Milliseconds{20'000});
/// Of a repository, and of those of its submodules.
[[nodiscard]] Result<void> gather_all_packs(const std::filesystem::path& git_directory);

}  // namespace inhaul::git
