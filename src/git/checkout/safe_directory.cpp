// SPDX-License-Identifier: Apache-2.0
#include "safe_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <random>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

constexpr std::string_view temporary_begin{".inhaul-"};
constexpr std::size_t temporary_digits = 32;

/// A random name, so that no other file has it.
std::string temporary_name() {
    std::random_device random;
    auto name = std::string{temporary_begin};
    while (name.size() < temporary_begin.size() + temporary_digits)
        name += fmt::format("{:08x}", random());
    return name;
}

/// Rejects other contents: a power loss may have emptied the mark.
bool is_temporary_name(std::string_view name) {
    return name.size() == temporary_begin.size() + temporary_digits &&
           name.starts_with(temporary_begin) && is_hex(name.substr(temporary_begin.size()));
}

tl::unexpected<Error> failed(std::string_view what, std::string_view path) {
    return fail(system_error(errno, fmt::format("{} {}", what, printable(path))));
}

/// Returns the parent path and the last part.
std::pair<std::string_view, std::string> split(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {{}, std::string{path}};
    return {path.substr(0, slash), std::string{path.substr(slash + 1)}};
}

FileDescriptor open_component(int directory, const std::string& name) {
    return FileDescriptor{
        ::openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

/// Opens one component after another. Follows no link, and refuses `..`.
FileDescriptor open_by_components(int directory, std::string_view path) {
    FileDescriptor so_far;
    for (;;) {
        const std::string name{path.substr(0, path.find('/'))};
        if (name == "..") {
            errno = EXDEV;  // the error of openat2
            return {};
        }
        so_far = open_component(so_far ? so_far.get() : directory, name);
        if (!so_far || name.size() == path.size()) return so_far;
        path.remove_prefix(name.size() + 1);
    }
}

/// A seccomp filter cannot inspect openat2's flags. So systemd (RestrictSUIDSGID=) and some
/// container runtimes return ENOSYS for it, as kernels before 5.6 do. Older runtimes return EPERM.
bool is_denied(int number) {
    return number == ENOSYS || number == EPERM;
}

/// Opens a directory below another directory without following links. Both ways give the same
/// guarantee; openat2 needs one call for a whole path.
FileDescriptor open_beneath(int directory, const std::string& path) {
    static bool denied = false;
    if (denied) return open_by_components(directory, path);
    ::open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    FileDescriptor opened{
        static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how))};
    if (opened || !is_denied(errno)) return opened;
    denied = true;
    return open_by_components(directory, path);
}

bool is_missing(int number) {
    return number == ENOENT || number == ENOTDIR || number == ELOOP;
}

Result<void> remove_all(int directory, const std::string& name, std::string_view path);

Result<void> empty(int directory, const std::string& name, std::string_view path) {
    const FileDescriptor opened{
        ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!opened) return failed("open", path);
    for (const auto& inner : TRY(file::names_in(opened.get(), printable(path))))
        TRY(remove_all(opened.get(), inner, path));
    return {};
}

/// Removes anything at this path, as `git reset --hard` does.
Result<void> remove_all(int directory, const std::string& name, std::string_view path) {
    if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return failed("remove", path);
    if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return {};
    TRY(empty(directory, name, path));
    if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return {};
    return failed("remove", path);
}

Result<void> write_all(int file, std::string_view content, std::string_view path) {
    while (!content.empty()) {
        const auto count = ::write(file, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("write", path);
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

Result<SafeDirectory> SafeDirectory::open(const std::filesystem::path& directory,
                                          std::filesystem::path mark) {
    FileDescriptor root{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!root) return failed("open", directory.string());
    return with_mark(std::move(root), directory, std::move(mark));
}

Result<SafeDirectory> SafeDirectory::open_below(const std::filesystem::path& top,
                                                const std::filesystem::path& directory,
                                                std::filesystem::path mark) {
    auto relative = directory.lexically_relative(top).string();
    while (relative.ends_with('/'))
        relative.pop_back();
    if (relative.empty() || relative == ".") return open(directory, std::move(mark));
    const auto above = TRY(open(top));
    const auto found = open_beneath(above.descriptor(), relative);
    FileDescriptor root{found ? ::openat(found.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                              : -1};
    if (!root) return failed("open", directory.string());
    return with_mark(std::move(root), directory, std::move(mark));
}

SafeDirectory SafeDirectory::with_mark(FileDescriptor root, std::filesystem::path path,
                                       std::filesystem::path mark) {
    SafeDirectory opened{std::move(root), std::move(path), std::move(mark)};
    if (opened.mark_.empty()) return opened;
    const auto left = file::read(opened.mark_, temporary_begin.size() + temporary_digits);
    if (left && is_temporary_name(*left)) opened.unfinished_ = *left;
    opened.stale_file_ = !opened.unfinished_.empty();
    return opened;
}

/// Crash point: from here on, the mark names the file that a kill may leave.
Result<void> SafeDirectory::begin() {
    if (begun_) return {};
    if (mark_.empty()) return fail(ErrorCode::internal, "write below a directory without a mark");
    if (unfinished_.empty()) unfinished_ = temporary_name();
    TRY(file::write_unsynced(mark_, unfinished_, 0600));
    begun_ = true;
    return {};
}

void SafeDirectory::finish() {
    if (!mark_.empty() && (begun_ || stale_file_)) ::unlink(mark_.c_str());
    begun_ = stale_file_ = false;
}

void SafeDirectory::forget_directory() {
    directory_ = {};
    directory_path_.clear();
}

Result<std::optional<SafeDirectory::Place>> SafeDirectory::find(std::string_view path) {
    auto [parent, name] = split(path);
    if (parent.empty()) return Place{root_.get(), std::move(name)};
    if (!directory_ || directory_path_ != parent) {
        auto opened = open_beneath(root_.get(), std::string{parent});
        if (!opened && is_missing(errno)) return std::optional<Place>{};
        if (!opened) return failed("open", parent);
        directory_ = std::move(opened);
        directory_path_ = parent;
    }
    return Place{directory_.get(), std::move(name)};
}

Result<FileDescriptor> SafeDirectory::make_directories(std::string_view path) {
    FileDescriptor so_far;
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const std::string name{path.substr(begin, end - begin)};
        const auto prefix = path.substr(0, end);
        const int parent = so_far ? so_far.get() : root_.get();
        auto next = open_beneath(parent, name);
        if (!next) {
            // A link or file is where the commit has a directory.
            if (errno != ENOENT && !is_missing(errno)) return failed("open", prefix);
            if (errno != ENOENT && ::unlinkat(parent, name.c_str(), 0) != 0)
                return failed("remove", prefix);
            if (::mkdirat(parent, name.c_str(), 0777) != 0)
                return failed("create the directory", prefix);
            next = open_beneath(parent, name);
            if (!next) return failed("open", prefix);
        }
        so_far = std::move(next);
        begin = end + 1;
    }
    return so_far;
}

Result<SafeDirectory::Place> SafeDirectory::find_or_make(std::string_view path) {
    if (auto found = TRY(find(path))) return std::move(*found);
    auto [parent, name] = split(path);
    forget_directory();
    directory_ = TRY(make_directories(parent));
    directory_path_ = parent;
    return Place{directory_.get(), std::move(name)};
}

Result<std::optional<struct ::stat>> SafeDirectory::status_of(std::string_view path) {
    const auto place = TRY(find(path));
    if (!place) return std::optional<struct ::stat>{};
    struct ::stat found {};
    if (::fstatat(place->directory, place->name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0)
        return found;
    if (is_missing(errno)) return std::optional<struct ::stat>{};
    return failed("inspect", path);
}

/// Crash point: the old file is in place before it, the new one after it, never a partial one.
Result<void> SafeDirectory::put(const Place& place, std::string_view path) {
    const auto move = [&] {
        return ::renameat(place.directory, unfinished_.c_str(), place.directory,
                          place.name.c_str());
    };
    auto moved = [&]() -> Result<void> {
        if (move() == 0) return {};
        if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) return failed("write", path);
        TRY(remove_all(place.directory, place.name, path));
        if (move() == 0) return {};
        return failed("write", path);
    }();
    if (!moved) ::unlinkat(place.directory, unfinished_.c_str(), 0);
    return moved;
}

Result<void> SafeDirectory::write_file(std::string_view path, std::string_view content,
                                       bool executable) {
    TRY(begin());
    const auto place = TRY(find_or_make(path));
    const auto make = [&] {
        return FileDescriptor{::openat(place.directory, unfinished_.c_str(),
                                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                       executable ? 0777 : 0666)};
    };
    auto file = make();
    if (!file && errno == EEXIST) {
        TRY(remove_all(place.directory, unfinished_, path));
        file = make();
    }
    if (!file) return failed("write", path);
    auto written = write_all(file.get(), content, path);
    if (written) return put(place, path);
    ::unlinkat(place.directory, unfinished_.c_str(), 0);
    return written;
}

Result<bool> SafeDirectory::share(SafeDirectory& from, std::string_view path) {
    const auto source = TRY(from.find(path));
    if (!source) return false;
    TRY(begin());
    const auto place = TRY(find_or_make(path));
    ::unlinkat(place.directory, unfinished_.c_str(), 0);
    const FileDescriptor old{::openat(source->directory, source->name.c_str(),
                                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct ::stat found {};
    if (!old || ::fstat(old.get(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
    FileDescriptor copy{::openat(place.directory, unfinished_.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 (found.st_mode & S_IXUSR) != 0 ? 0777 : 0666)};
    if (!copy) return failed("write", path);
    if (::ioctl(copy.get(), FICLONE, old.get()) != 0) {
        ::unlinkat(place.directory, unfinished_.c_str(), 0);
        if (::linkat(source->directory, source->name.c_str(), place.directory, unfinished_.c_str(),
                     0) != 0)
            return false;
    }
    TRY(put(place, path));
    // rename(2) keeps both names if they are already the same file, as after a killed run.
    ::unlinkat(place.directory, unfinished_.c_str(), 0);
    return true;
}

Result<void> SafeDirectory::write_link(std::string_view path, const std::string& target) {
    TRY(begin());
    const auto place = TRY(find_or_make(path));
    const auto make = [&] {
        return ::symlinkat(target.c_str(), place.directory, unfinished_.c_str()) == 0;
    };
    bool made = make();
    if (!made && errno == EEXIST) {
        TRY(remove_all(place.directory, unfinished_, path));
        made = make();
    }
    if (!made) return failed("create the link", path);
    return put(place, path);
}

Result<void> SafeDirectory::make_directory(std::string_view path) {
    forget_directory();
    (void)TRY(make_directories(path));
    return {};
}

Result<void> SafeDirectory::remove(std::string_view path) {
    const auto place = TRY(find(path));
    if (!place) return {};
    if (::unlinkat(place->directory, place->name.c_str(), 0) != 0 && !is_missing(errno) &&
        errno != EISDIR)
        return failed("remove", path);
    for (auto parent = split(path).first; !parent.empty(); parent = split(parent).first) {
        const auto above = TRY(find(parent));
        if (!above || ::unlinkat(above->directory, above->name.c_str(), AT_REMOVEDIR) != 0) break;
        if (directory_path_ == parent) forget_directory();  // it was removed
    }
    return {};
}

void SafeDirectory::sweep(std::string_view path) {
    if (!stale_file_) return;
    const auto place = find(path);
    if (place && *place) ::unlinkat((*place)->directory, unfinished_.c_str(), 0);
}

}  // namespace inhaul::git
