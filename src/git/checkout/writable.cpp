// SPDX-License-Identifier: Apache-2.0
#include "writable.hpp"

#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/own_names.hpp>
#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_shown = 300;

std::string shown(const fs::path& path) {
    return printable(path.string(), longest_shown);
}

tl::unexpected<Error> denied(std::string message, std::string hint) {
    return fail(ErrorCode::permission, std::move(message), std::move(hint));
}

/// Returns a file's status, with the attributes of chattr(1) and the mount flag where kernel and
/// file system report them.
Result<std::optional<struct ::statx>> look(int descriptor, const char* name, const fs::path& path) {
    struct ::statx found {};
    const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name == '\0' ? AT_EMPTY_PATH : 0);
    if (::statx(descriptor, name, flags, STATX_BASIC_STATS, &found) == 0)
        return std::optional{found};
    if (errno == ENOENT) return std::optional<struct ::statx>{};
    return fail(system_error(errno, "inspect " + shown(path)));
}

Result<void> check_attributes(const struct ::statx& found, const fs::path& path) {
    const auto flags = found.stx_attributes & found.stx_attributes_mask;
    const auto fixed = [&](const char* what, char letter) {
        return denied(fmt::format("{} is {} (chattr +{})", shown(path), what, letter),
                      fmt::format("Run: sudo chattr -{} {}", letter, shell_word(path.string())));
    };
    if ((flags & STATX_ATTR_IMMUTABLE) != 0) return fixed("immutable", 'i');
    if ((flags & STATX_ATTR_APPEND) != 0) return fixed("append-only", 'a');
    return {};
}

/// Device numbers are not compared: on overlayfs, files and directories may differ.
bool is_mounted(const struct ::statx& found) {
    return (found.stx_attributes & found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

/// Returns true if the sticky bit keeps this account from removing the file.
bool is_held_by_owner(const struct ::statx& found, const struct ::statx& directory) {
    const auto self = ::geteuid();
    return (directory.stx_mode & S_ISVTX) != 0 && self != 0 && found.stx_uid != self &&
           directory.stx_uid != self;
}

Result<void> check_below(int descriptor, const std::string& name, const fs::path& path) {
    const FileDescriptor opened{
        ::openat(descriptor, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!opened) return fail(system_error(errno, "list " + shown(path)));
    const auto names = TRY(file::names_in(opened.get(), shown(path)));
    if (!names.empty()) TRY(check_directory(opened.get(), path));
    for (const auto& inner : names)
        TRY(check_replaceable(opened.get(), inner, path));
    return {};
}

}  // namespace

Result<void> check_directory(int descriptor, const fs::path& path) {
    const auto found = TRY(look(descriptor, "", path));
    if (found) TRY(check_attributes(*found, path));
    if (::faccessat(descriptor, ".", W_OK | X_OK, 0) == 0) return {};
    if (errno == EROFS)
        return denied(fmt::format("{} is on a read-only file system", shown(path)),
                      fmt::format("Run: sudo mount -o remount,rw \"$(findmnt -nT {} -o TARGET)\"",
                                  shell_word(path.string())));
    if (errno != EACCES && errno != EPERM)
        return fail(system_error(errno, "inspect " + shown(path)));
    return denied(fmt::format("{} is not writable by this account", shown(path)),
                  guard::ownership_hint(path, account::current_name(), "-R"));
}

Result<void> check_replaceable(int descriptor, const std::string& name, const fs::path& directory) {
    const auto path = directory / name;
    const auto found = TRY(look(descriptor, name.c_str(), path));
    if (!found) return {};
    TRY(check_attributes(*found, path));
    if (is_mounted(*found))
        return denied(fmt::format("{} is a mount point that the commit must replace", shown(path)),
                      fmt::format("Run: sudo umount {}", shell_word(path.string())));
    const auto above = TRY(look(descriptor, "", directory));
    if (above && is_held_by_owner(*found, *above))
        return denied(fmt::format("{} belongs to another account (user {}), in a directory where "
                                  "only owners may remove files (sticky bit)",
                                  shown(path), found->stx_uid),
                      guard::ownership_hint(path, account::current_name()));
    if (!S_ISDIR(found->stx_mode)) return {};
    return check_below(descriptor, name, path);
}

namespace {

/// Checks each directory once: changes come in the order of their paths.
class WriteCheck {
public:
    explicit WriteCheck(SafeDirectory& root) : root_(root) {}

    Result<void> removal(std::string_view path) {
        const auto place = TRY(root_.find(path));
        if (!place) return {};
        const auto found = TRY(look(place->directory, place->name.c_str(), above(path)));
        // A switch leaves directories alone.
        if (!found || S_ISDIR(found->stx_mode)) return {};
        TRY(directory(place->directory, path));
        return check_replaceable(place->directory, place->name, above(path));
    }

    Result<void> writing(std::string_view path, bool a_directory) {
        if (const auto place = TRY(root_.find(path))) {
            const auto found = TRY(look(place->directory, place->name.c_str(), above(path)));
            if (a_directory && found && S_ISDIR(found->stx_mode)) return {};
            TRY(directory(place->directory, path));
            return check_replaceable(place->directory, place->name, above(path));
        }
        // Find the first part of the path that is missing or not a directory.
        for (auto slash = path.find('/'); slash != std::string_view::npos;
             slash = path.find('/', slash + 1)) {
            const auto prefix = path.substr(0, slash);
            const auto place = TRY(root_.find(prefix));
            if (!place) return {};  // removed meanwhile
            const auto found = TRY(look(place->directory, place->name.c_str(), above(prefix)));
            if (found && S_ISDIR(found->stx_mode)) continue;
            TRY(directory(place->directory, prefix));
            return check_replaceable(place->directory, place->name, above(prefix));
        }
        return {};
    }

private:
    [[nodiscard]] fs::path above(std::string_view path) const {
        const auto slash = path.rfind('/');
        if (slash == std::string_view::npos) return root_.directory();
        return root_.directory() / path.substr(0, slash);
    }
    Result<void> directory(int descriptor, std::string_view path) {
        auto name = above(path);
        if (checked_ == name) return {};
        TRY(check_directory(descriptor, name));
        checked_ = std::move(name);
        return {};
    }

    SafeDirectory& root_;
    fs::path checked_;
};

/// Checks a file of the repository that a rename replaces.
Result<void> check_own_file(const fs::path& file) {
    const auto nearest = file::nearest_existing(file.parent_path());
    const FileDescriptor directory{::open(nearest.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!directory) return fail(system_error(errno, "open " + shown(nearest)));
    TRY(check_directory(directory.get(), nearest));
    if (nearest != file.parent_path()) return {};
    return check_replaceable(directory.get(), file.filename().string(), nearest);
}

/// Checks a log that is appended to or created.
Result<void> check_log(const fs::path& file) {
    struct ::statx found {};
    if (::statx(AT_FDCWD, file.c_str(), 0, STATX_BASIC_STATS, &found) != 0)
        return check_own_file(file);
    const auto flags = found.stx_attributes & found.stx_attributes_mask;
    if ((flags & STATX_ATTR_IMMUTABLE) != 0) return check_attributes(found, file);
    if (::access(file.c_str(), W_OK) == 0) return {};
    return denied(fmt::format("{} is not writable by this account", shown(file)),
                  guard::ownership_hint(file, account::current_name()));
}

}  // namespace

Result<void> check_writable(SafeDirectory& root, const Changes& changes) {
    WriteCheck checking{root};
    for (const auto& [path, wanted] : changes)
        TRY(wanted ? checking.writing(path, wanted->mode == GIT_FILEMODE_COMMIT)
                   : checking.removal(path));
    return {};
}

Result<void> check_releases(const fs::path& directory) {
    auto root = TRY(SafeDirectory::open(directory));
    TRY(check_directory(root.descriptor(), directory));
    TRY(check_replaceable(root.descriptor(), "current", directory));
    const auto place = TRY(root.find("releases/any"));
    return place ? check_directory(place->directory, directory / "releases") : Result<void>{};
}

Result<void> check_references(git_repository* repository, const BranchName& branch) {
    const fs::path own{git_repository_path(repository)};
    const fs::path common{git_repository_commondir(repository)};
    for (const auto& file :
         {own / "index", own / "HEAD", common / own_refs::live, common / branch.ref()})
        TRY(check_own_file(file));
    if (git_repository_is_bare(repository) != 0) return {};
    for (const auto& file : {own / "logs" / "HEAD", common / "logs" / branch.ref()})
        TRY(check_log(file));
    return {};
}

Result<void> check_branch(git_repository* repository, const BranchName& branch) {
    const auto name = branch.ref();
    git_reference* raw = nullptr;
    const bool exists = git_reference_lookup(&raw, repository, name.c_str()) == 0;
    const ReferenceHandle reference{raw};
    if (exists && !is_checked_out(repository, branch) && git_branch_is_checked_out(raw) == 1)
        return denied(fmt::format("the branch {} is checked out in another worktree of {}",
                                  branch.text(), git_repository_commondir(repository)),
                      fmt::format("To find the worktree, run: {}\nTo remove it, run: {}",
                                  git_command_for(repository, "worktree list"),
                                  git_command_for(repository, "worktree remove WORKTREE")));
    if (exists) return {};
    constexpr auto heads = BranchName::prefix;
    const auto in_the_way = [&](const std::string& other) {
        return denied(
            fmt::format("the local branch {} conflicts with the name of the branch {}",
                        other.substr(heads.size()), branch.text()),
            "Run: " +
                git_command_for(repository, fmt::format("branch -m {} OTHER",
                                                        shell_word(other.substr(heads.size())))));
    };
    for (auto slash = name.find('/', heads.size()); slash != std::string::npos;
         slash = name.find('/', slash + 1))
        if (const auto other = name.substr(0, slash); TRY(commit_at(repository, other.c_str())))
            return in_the_way(other);
    git_reference_iterator* each = nullptr;
    TRY(checked(git_reference_iterator_glob_new(&each, repository, (name + "/*").c_str()),
                "list the branches"));
    const Handle<git_reference_iterator, git_reference_iterator_free> others{each};
    const char* found = nullptr;
    if (git_reference_next_name(&found, each) == 0) return in_the_way(found);
    return {};
}

}  // namespace inhaul::git
