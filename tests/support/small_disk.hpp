// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::test {

/// A tmpfs of this size, such as `64k`, which can be filled. Only root can mount it.
struct SmallDisk {
    TemporaryDirectory directory;
    std::filesystem::path ballast = directory.path / "ballast";
    bool mounted = false;

    explicit SmallDisk(const std::string& size) {
        const auto options = "mode=700,size=" + size;
        mounted = ::mount("test", directory.path.c_str(), "tmpfs", 0, options.c_str()) == 0;
        if (!mounted) WARN("SKIPPED: a small tmpfs cannot be mounted (needs root)");
    }
    ~SmallDisk() {
        if (mounted) ::umount2(directory.path.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    /// Leaves this many bytes free.
    void fill(std::size_t leave) const {
        struct ::statvfs info {};
        REQUIRE(::statvfs(directory.path.c_str(), &info) == 0);
        const auto free = info.f_bavail * info.f_frsize;
        if (free <= leave) return;
        const int file = ::open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        REQUIRE(file >= 0);
        const int failed = ::posix_fallocate(file, 0, static_cast<::off_t>(free - leave));
        ::close(file);
        REQUIRE(failed == 0);
    }
    void make_room() const { std::filesystem::remove(ballast); }
};

}  // namespace inhaul::test
