#include <algorithm>
#include <charconv>

#include <sys/resource.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::process {
namespace {

constexpr std::size_t largest_proc_file = 64 * 1024;
/// So much is needed in any case, and found by swapping if need be.
constexpr std::uint64_t least = 256ULL * 1024 * 1024;

/// The number that follows these words in a file of /proc.
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

}  // namespace

MemoryBound::MemoryBound() {
    const auto used = bytes_after("/proc/self/status", "VmData:");
    const auto available = bytes_after("/proc/meminfo", "MemAvailable:");
    ::rlimit limit{};
    if (!used || !available || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
    const auto most = *used + std::max(least, *available / 4 * 3);
    if (most >= limit.rlim_cur) return;
    before_ = std::exchange(limit.rlim_cur, most);
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) before_.reset();
}

MemoryBound::~MemoryBound() {
    ::rlimit limit{};
    if (!before_ || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
    limit.rlim_cur = *before_;
    ::setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace inhaul::process
