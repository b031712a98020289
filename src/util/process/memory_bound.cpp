// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include "own_limits.hpp"

namespace inhaul::process {
namespace {

constexpr std::size_t largest_proc_file = 64 * 1024;
/// The least bound. inhaul needs this much in any case, if necessary from swap.
constexpr std::uint64_t least = 256ULL * 1024 * 1024;
/// Enough: inhaul opens a few files of the work tree at a time, and each pack once.
constexpr rlim_t most_files = 1024;

/// Returns the number that follows these words in a file of /proc.
std::optional<std::uint64_t> number_after(const char* file, std::string_view words) {
    const auto text = file::read(file, largest_proc_file);
    if (!text) return std::nullopt;
    const auto at = text->find(words);
    if (at == std::string::npos) return std::nullopt;
    const auto rest = trimmed(std::string_view{*text}.substr(at + words.size()));
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    return parsed.ec == std::errc{} ? std::optional{number} : std::nullopt;
}

std::optional<std::uint64_t> bytes_after(const char* file, std::string_view words) {
    const auto kibibytes = number_after(file, words);
    return kibibytes ? std::optional{*kibibytes * 1024} : std::nullopt;
}

/// The original soft limits of the resources whose limits this process has changed.
struct StartedWith {
    int resource;
    std::optional<rlim_t> soft;
};
std::array<StartedWith, 3>& started_with() noexcept {
    static std::array<StartedWith, 3> limits{
        {{RLIMIT_CORE, {}}, {RLIMIT_DATA, {}}, {RLIMIT_NOFILE, {}}}};
    return limits;
}

/// Lowers the limit for the rest of this process. Stores the old one for the children that need it.
void lower(int resource, rlim_t most) {
    ::rlimit limit{};
    if (::getrlimit(resource, &limit) != 0 || most >= limit.rlim_cur) return;
    for (auto& kept : started_with())
        if (kept.resource == resource && !kept.soft) kept.soft = limit.rlim_cur;
    limit.rlim_cur = most;
    ::setrlimit(resource, &limit);
}

/// Returns the bound for all memory of this process, in bytes.
std::optional<rlim_t> most_memory() {
    const auto used = bytes_after("/proc/self/status", "VmData:");
    const auto available = bytes_after("/proc/meminfo", "MemAvailable:");
    if (!used || !available) return std::nullopt;
    return *used + std::max(least, *available / 4 * 3);
}

}  // namespace

void keep_memory_private() {
    ::prctl(PR_SET_DUMPABLE, 0);
    lower(RLIMIT_CORE, 0);
}

void bound_worker() {
    if (const auto most = most_memory()) lower(RLIMIT_DATA, *most);
    lower(RLIMIT_NOFILE, most_files);
}

void restore_limits() noexcept {
    for (const auto& kept : started_with()) {
        const int resource = kept.resource;
        ::rlimit limit{};
        if (!kept.soft || ::getrlimit(resource, &limit) != 0) continue;
        limit.rlim_cur = *kept.soft;
        ::setrlimit(resource, &limit);
    }
}

MemoryBound::MemoryBound() {
    const auto most = most_memory();
    ::rlimit limit{};
    if (!most || ::getrlimit(RLIMIT_DATA, &limit) != 0 || *most >= limit.rlim_cur) return;
    before_ = std::exchange(limit.rlim_cur, *most);
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) before_.reset();
}

MemoryBound::~MemoryBound() {
    ::rlimit limit{};
    if (!before_ || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
    limit.rlim_cur = *before_;
    ::setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace inhaul::process
