// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Limits for commits, servers, forges and relays. A commit over a limit is refused; an answer over
/// a limit is an error. Deadlines and process::MemoryBound limit the whole as well.
namespace inhaul::limits {

// Of a commit.
inline constexpr std::size_t paths = 2'000'000;
inline constexpr std::size_t directories = 250'000;
inline constexpr std::size_t tree_entries = 4'000'000;          ///< read, in all directories
inline constexpr std::size_t path_bytes = 128UL * 1024 * 1024;  ///< of all paths together
inline constexpr std::uint64_t file_bytes = 1024ULL * 1024 * 1024;
inline constexpr std::size_t attributes_bytes = 1024UL * 1024;  ///< of all .gitattributes
inline constexpr std::size_t attributes_rules = 20'000;         ///< lines of all .gitattributes
/// `*` in one pattern. The second limit is for patterns with a `**` that is not a whole path
/// component. These patterns take exponential time.
inline constexpr std::size_t stars = 32;
inline constexpr std::size_t stars_with_double_star = 2;
inline constexpr std::size_t submodules = 1000;  ///< at all depths together
inline constexpr int submodules_deep = 10;

// Of an answer in JSON.
inline constexpr std::size_t json_depth = 64;
inline constexpr std::size_t json_values = 250'000;

// Of a relay's stream: a burst, and the average per second.
inline constexpr double relay_burst_bytes = 64.0 * 1024 * 1024;
inline constexpr double relay_bytes_per_second = 256.0 * 1024;
inline constexpr std::size_t relay_word_bytes = 128;  ///< of an event's id or type

}  // namespace inhaul::limits
