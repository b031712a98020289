#pragma once

#include <cstddef>
#include <cstdint>

/// What a commit, a server, a forge or a relay may make this program do at most. Whoever reaches a
/// limit says so: a commit is refused, an answer is an error. The whole has deadlines besides, and
/// a bound of memory (process::MemoryBound).
namespace inhaul::limits {

// Of a commit.
inline constexpr std::size_t paths = 2'000'000;
inline constexpr std::size_t directories = 250'000;
inline constexpr std::size_t tree_entries = 4'000'000;  ///< that are looked at, in all directories
inline constexpr std::size_t path_bytes = 128UL * 1024 * 1024;  ///< of all paths together
inline constexpr std::uint64_t file_bytes = 1024ULL * 1024 * 1024;
inline constexpr std::size_t attributes_bytes = 1024UL * 1024;  ///< of all .gitattributes
inline constexpr std::size_t attributes_rules = 20'000;         ///< lines of all .gitattributes
/// `*` in one pattern; with a `**` that is no whole part of a path, whose matching takes
/// exponential time.
inline constexpr std::size_t stars = 32;
inline constexpr std::size_t stars_beside_a_double_one = 2;
inline constexpr std::size_t submodules = 1000;  ///< at all depths together
inline constexpr int submodules_deep = 10;

// Of an answer in JSON.
inline constexpr std::size_t json_deep = 64;
inline constexpr std::size_t json_values = 250'000;

// Of a relay's stream: at once, and a second in the long run.
inline constexpr double relay_burst_bytes = 64.0 * 1024 * 1024;
inline constexpr double relay_bytes_a_second = 256.0 * 1024;
inline constexpr std::size_t relay_word_bytes = 128;  ///< of an event's id or type

}  // namespace inhaul::limits
