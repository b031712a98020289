// SPDX-License-Identifier: Apache-2.0
#include "disk_space.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

/// With more free space than this, sizes are not added up: that reads each object's header.
constexpr std::uint64_t plenty = 1024ULL * 1024 * 1024;
/// For the index, a ref and the reflog.
constexpr std::uint64_t bytes_beside = 64ULL * 1024;
constexpr std::uint64_t inodes_beside = 8;

struct Need {
    std::uint64_t bytes = bytes_beside;
    std::uint64_t inodes = inodes_beside;
};

/// A file is written completely before the old one is removed: the largest one counts twice.
Result<Need> need_of(git_repository* repository, SafeDirectory& root, const Changes& changes) {
    git_odb* raw = nullptr;
    TRY(checked(git_repository_odb(&raw, repository), "open the objects"));
    const OdbHandle objects{raw};
    Need need;
    std::uint64_t largest = 0;
    for (const auto& [path, wanted] : changes) {
        if (!wanted || wanted->mode == GIT_FILEMODE_COMMIT) continue;
        std::size_t size = 0;
        git_object_t type{};
        TRY(checked(git_odb_read_header(&size, &type, raw, &wanted->id),
                    "read " + printable(path)));
        const auto existing = TRY(root.status_of(path));
        const auto old = existing ? static_cast<std::uint64_t>(existing->st_blocks) * 512 : 0;
        need.bytes += size > old ? size - old : 0;
        largest = std::max<std::uint64_t>(largest, size);
        if (!existing) ++need.inodes;
    }
    need.bytes += largest;
    return need;
}

/// Returns the nearest existing directory above a path: new files below it are on its file system.
Result<int> directory_near(SafeDirectory& root, std::string_view path) {
    for (auto slash = path.size(); slash != std::string_view::npos; slash = path.rfind('/')) {
        path = path.substr(0, slash);
        if (const auto place = TRY(root.find(path))) return place->directory;
    }
    return root.descriptor();
}

Result<::dev_t> device_of(int directory) {
    struct ::stat info {};
    if (::fstat(directory, &info) != 0) return fail(system_error(errno, "inspect a directory"));
    return info.st_dev;
}

/// Groups changes by file system, since mounts may exist below the directory. The index is on the
/// top directory's.
Result<std::map<::dev_t, Changes>> by_file_system(SafeDirectory& root, const Changes& changes) {
    std::string_view last;
    auto device = TRY(device_of(root.descriptor()));
    std::map<::dev_t, Changes> found{{device, {}}};
    for (const auto& [path, wanted] : changes) {
        if (!wanted) continue;
        const auto parent = std::string_view{path}.substr(0, path.rfind('/') + 1);
        if (parent != std::exchange(last, parent))
            device = TRY(device_of(TRY(directory_near(root, path))));
        found[device].emplace(path, wanted);
    }
    return found;
}

Result<void> check_one(git_repository* repository, SafeDirectory& root, const Changes& changes) {
    struct ::statvfs system {};
    const int directory =
        changes.empty() ? root.descriptor() : TRY(directory_near(root, changes.begin()->first));
    if (::fstatvfs(directory, &system) != 0)
        return fail(system_error(errno, "inspect the file system"));
    const std::uint64_t bytes = std::uint64_t{system.f_bavail} * system.f_frsize;
    const bool counts_inodes = system.f_files != 0;  // not on btrfs
    const bool enough_inodes = !counts_inodes || system.f_favail > changes.size() + inodes_beside;
    if (bytes > plenty && enough_inodes) return {};
    const auto need = TRY(need_of(repository, root, changes));
    if (need.bytes > bytes)
        return fail(ErrorCode::no_space,
                    fmt::format("no space left: the files need {} more bytes, but {} are free",
                                need.bytes, bytes),
                    "Free disk space on the app's file system.", true);
    if (counts_inodes && need.inodes > system.f_favail)
        return fail(ErrorCode::no_space,
                    fmt::format("no space left: the files need {} more inodes, but {} are free",
                                need.inodes, std::uint64_t{system.f_favail}),
                    "Delete files on the app's file system: it has too many.", true);
    return {};
}

}  // namespace

Result<void> check_space(git_repository* repository, SafeDirectory& root, const Changes& changes) {
    for (const auto& [device, those] : TRY(by_file_system(root, changes)))
        TRY(check_one(repository, root, those));
    return {};
}

}  // namespace inhaul::git
