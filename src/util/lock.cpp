// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/file.hpp>

#include <algorithm>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

namespace inhaul::file {
namespace {

constexpr std::size_t longest_who = 500;
/// holder() takes the lock for a moment. That must not count as "held".
constexpr Milliseconds least_wait{100};

Result<FileDescriptor> open_lock(const fs::path& path) {
    FileDescriptor descriptor{
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (!descriptor) return fail(system_error(errno, fmt::format("open {}", path.string())));
    return descriptor;
}

bool try_lock(int descriptor) {
    int result = 0;
    do {
        result = ::flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

std::string who_holds(const fs::path& path) {
    const auto content = read(path, longest_who);
    const auto who = content ? printable(trimmed(*content)) : std::string{};
    return who.empty() ? "another process" : who;
}

Error held(const fs::path& path) {
    return {ErrorCode::locked,
            fmt::format("the lock {} is held by {}", path.string(), who_holds(path)),
            {},
            true};
}

/// The text is for display only. A full disk must not prevent a deployment because of it.
void name_holder(int descriptor, std::string_view who) {
    if (::ftruncate(descriptor, 0) == 0)
        (void)!::pwrite(descriptor, who.data(), std::min(who.size(), longest_who), 0);
}

}  // namespace

Result<Lock> Lock::acquire(const fs::path& path, std::string_view who, Milliseconds wait) {
    auto descriptor = TRY(open_lock(path));
    const auto until = system_clock().steady() + std::max(wait, least_wait);
    // Retry in a loop, because a blocking flock() has no deadline.
    for (Milliseconds pause{10}; !try_lock(descriptor.get());
         pause = std::min(pause * 2, Milliseconds{250})) {
        if (system_clock().steady() >= until) return fail(held(path));
        std::this_thread::sleep_for(pause);
    }
    name_holder(descriptor.get(), who);
    return Lock{std::move(descriptor)};
}

Result<Lock> Lock::try_acquire(const fs::path& path, std::string_view who) {
    auto descriptor = TRY(open_lock(path));
    if (!try_lock(descriptor.get())) return fail(held(path));
    name_holder(descriptor.get(), who);
    return Lock{std::move(descriptor)};
}

std::optional<std::string> Lock::holder(const fs::path& path) {
    const FileDescriptor descriptor{
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    // Shared, so that two holder() calls do not see each other's lock.
    if (!descriptor || ::flock(descriptor.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
    return who_holds(path);
}

}  // namespace inhaul::file
