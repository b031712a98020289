// SPDX-License-Identifier: Apache-2.0
#include "close_on_exec.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace inhaul::process {
namespace {

constexpr unsigned first = STDERR_FILENO + 1;
/// CLOSE_RANGE_CLOEXEC: kernel headers before 5.11 do not have it.
constexpr unsigned on_exec = 1U << 2U;
/// Offsets of the length and the name in an entry of getdents64(2).
constexpr std::size_t length_at = 16;
constexpr std::size_t name_at = 19;

void mark(int descriptor) noexcept {
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags >= 0) ::fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
}

/// Returns the name as a number, or -1 for `.` and `..`.
int number_of(const char* name) noexcept {
    int number = -1;
    for (; *name >= '0' && *name <= '9'; ++name)
        number = std::max(number, 0) * 10 + (*name - '0');
    return number;
}

/// Returns false if /proc cannot be read.
bool mark_listed() noexcept {
    const int directory = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return false;
    std::array<char, 4096> entries{};
    long size = 0;
    while ((size = ::syscall(SYS_getdents64, directory, entries.data(), entries.size())) > 0)
        for (long at = 0; at < size;) {
            const char* const entry = entries.data() + at;
            const int number = number_of(entry + name_at);
            if (number >= static_cast<int>(first)) mark(number);
            std::uint16_t length = 0;
            std::memcpy(&length, entry + length_at, sizeof length);
            at += length;
        }
    ::close(directory);
    return size == 0;
}

/// Marks all numbers up to the limit of open files. That can be a billion, so there is a maximum.
void mark_possible() noexcept {
    constexpr rlim_t most = 65'536;
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = most;
    for (auto number = first; number < std::min(limit.rlim_cur, most); ++number)
        mark(static_cast<int>(number));
}

}  // namespace

void close_all_on_exec() noexcept {
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, ~0U, on_exec) == 0) return;
#endif
    // For Linux before 5.11, or a seccomp filter that does not know close_range.
    if (!mark_listed()) mark_possible();
}

}  // namespace inhaul::process
