// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/file.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <random>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    FileDescriptor taken{std::move(other)};
    std::swap(number_, taken.number_);
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
}

int FileDescriptor::release() {
    const int number = number_;
    number_ = -1;
    return number;
}

namespace file {
namespace {

std::string operation(std::string_view verb, const fs::path& path) {
    return fmt::format("{} {}", verb, path.string());
}

Result<FileDescriptor> open_to_read(const fs::path& path) {
    FileDescriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (!descriptor) return fail(system_error(errno, operation("open", path)));
    struct ::stat info {};
    if (::fstat(descriptor.get(), &info) != 0)
        return fail(system_error(errno, operation("stat", path)));
    if (!S_ISREG(info.st_mode))
        return fail(ErrorCode::io, operation("read", path) + ": not a regular file");
    return descriptor;
}

Result<std::string> read_all(int descriptor, const fs::path& path, std::size_t limit) {
    std::string content;
    std::array<char, 4096> part{};
    for (;;) {
        const auto size = ::read(descriptor, part.data(), part.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(system_error(errno, operation("read", path)));
        if (size == 0) return content;
        content.append(part.data(), static_cast<std::size_t>(size));
        if (content.size() > limit)
            return fail(ErrorCode::io,
                        fmt::format("read {}: larger than {} bytes", path.string(), limit));
    }
}

bool below_credentials(const fs::path& path) {
    const auto directory = environment("CREDENTIALS_DIRECTORY");
    return directory &&
           path.lexically_normal().parent_path() == fs::path{*directory}.lexically_normal();
}

/// The file's owner, or its group, still needs the file.
std::string own_copy(const fs::path& path) {
    const auto account = account::current_name();
    const auto copy = path.string() + "." + account;
    return fmt::format("Run: sudo install -m 600 -o {} {} {}\nThen name {} in the settings.",
                       account, shell_word(path.string()), shell_word(copy), copy);
}

/// Checks as ssh does for keys: no other account may access a file of this account. The group may
/// access a file of root, if this account is the only member.
Result<void> check_mode(int descriptor, const fs::path& path) {
    struct ::stat info {};
    if (::fstat(descriptor, &info) != 0) return fail(system_error(errno, operation("stat", path)));
    const bool mine = info.st_uid == ::geteuid();
    if (!mine && info.st_uid != 0)
        return fail(
            ErrorCode::permission,
            fmt::format("{} belongs to another account (user {})", path.string(), info.st_uid),
            own_copy(path));
    const auto forbidden = mine ? 077U : 007U;
    if ((info.st_mode & forbidden) != 0)
        return fail(ErrorCode::permission,
                    fmt::format("{}: mode {:04o} lets others read it", path.string(),
                                info.st_mode & 07777U),
                    fmt::format("Run: {}chmod {} {}", mine ? "" : "sudo ", mine ? "600" : "640",
                                shell_word(path.string())));
    for (const auto right : {guard::Right::read, guard::Right::write})
        if (const auto others = guard::exposure(descriptor, path, ::geteuid(), right))
            return fail(ErrorCode::permission,
                        fmt::format("{}: mode {:04o} lets {} read or change it", path.string(),
                                    info.st_mode & 07777U, others->who),
                        mine ? fmt::format("Run: chmod 600 {}", shell_word(path.string()))
                             : own_copy(path));
    return {};
}

Result<void> write_all(int descriptor, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const auto size = ::write(descriptor, content.data(), content.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(system_error(errno, operation("write", path)));
        content.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
}

Result<void> sync_directory(const fs::path& directory) {
    const FileDescriptor descriptor{
        ::open((directory / ".").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!descriptor || ::fsync(descriptor.get()) != 0)
        return fail(system_error(errno, operation("sync", directory)));
    return {};
}

enum class Sync { no, yes };

Result<void> fill(const fs::path& temporary, const fs::path& path, std::string_view content,
                  unsigned mode, const std::optional<Owner>& owner, Sync sync) {
    const FileDescriptor descriptor{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!descriptor) return fail(system_error(errno, operation("write", path)));
    TRY(write_all(descriptor.get(), content, path));
    if ((owner && ::fchown(descriptor.get(), owner->user, owner->group) != 0) ||
        ::fchmod(descriptor.get(), mode) != 0 ||
        (sync == Sync::yes && ::fsync(descriptor.get()) != 0))
        return fail(system_error(errno, operation("write", path)));
    if (::rename(temporary.c_str(), path.c_str()) != 0)
        return fail(system_error(errno, operation("replace", path)));
    return sync == Sync::yes ? sync_directory(path.parent_path()) : Result<void>{};
}

Result<void> write(const fs::path& path, std::string_view content, unsigned mode,
                   const std::optional<Owner>& owner, Sync sync) {
    // The random name is free, so that no existing file is removed. Its form identifies the files
    // that a killed process leaves.
    std::random_device random;
    const auto temporary =
        path.parent_path() /
        fmt::format(".{}.{:08x}{:08x}~", path.filename().string(), random(), random());
    auto written = fill(temporary, path, content, mode, owner, sync);
    if (!written) ::unlink(temporary.c_str());
    return written;
}

}  // namespace

void use_sane_umask() {
    const auto before = ::umask(022);
    if ((before & S_IWOTH) != 0) ::umask(before);
}

Result<std::string> read(const fs::path& path, std::size_t limit) {
    const auto descriptor = TRY(open_to_read(path));
    return read_all(descriptor.get(), path, limit);
}

Result<Secret> read_private(const fs::path& path, std::size_t limit) {
    const auto descriptor = TRY(open_to_read(path));
    if (!below_credentials(path)) TRY(check_mode(descriptor.get(), path));
    // Allocated at once: a growing string would leave copies of its bytes in freed memory.
    std::string content(limit + 1, '\0');
    std::size_t size = 0;
    while (size <= limit) {
        const auto more = ::read(descriptor.get(), content.data() + size, content.size() - size);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return fail(system_error(errno, operation("read", path)));
        if (more == 0) break;
        size += static_cast<std::size_t>(more);
    }
    content.resize(size);
    Secret secret{std::move(content)};
    if (size <= limit) return secret;
    return fail(ErrorCode::io, fmt::format("read {}: larger than {} bytes", path.string(), limit));
}

Result<void> check_private(const fs::path& path) {
    const auto descriptor = TRY(open_to_read(path));
    if (below_credentials(path)) return {};
    return check_mode(descriptor.get(), path);
}

Result<void> write_atomically(const fs::path& path, std::string_view content, unsigned mode,
                              const std::optional<Owner>& owner) {
    return write(path, content, mode, owner, Sync::yes);
}

Result<void> write_unsynced(const fs::path& path, std::string_view content, unsigned mode) {
    return write(path, content, mode, {}, Sync::no);
}

Result<void> sync_file_system(const fs::path& directory) {
    const FileDescriptor opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened && ::syncfs(opened.get()) == 0) return {};
    return fail(system_error(errno, operation("sync", directory)));
}

fs::path nearest_existing(fs::path path) {
    std::error_code ignored;
    while (!fs::exists(path, ignored) && path.has_relative_path())
        path = path.parent_path();
    return path;
}

bool is_below(const fs::path& path, const fs::path& directory) {
    const auto relative = path.lexically_normal().lexically_relative(directory.lexically_normal());
    return !path.empty() && !relative.empty() && *relative.begin() != "..";
}

Result<std::vector<std::string>> names_in(int directory, std::string_view shown) {
    // A copy needs no further permission, unlike another open.
    FileDescriptor own{::fcntl(directory, F_DUPFD_CLOEXEC, 0)};
    if (!own) return fail(system_error(errno, fmt::format("list {}", shown)));
    const std::unique_ptr<::DIR, int (*)(::DIR*)> entries{::fdopendir(own.get()), ::closedir};
    if (!entries) return fail(system_error(errno, fmt::format("list {}", shown)));
    own.release();
    ::rewinddir(entries.get());  // both have one position
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const auto* const entry = ::readdir(entries.get());
        if (entry == nullptr) break;
        const std::string_view name{entry->d_name};
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return fail(system_error(errno, fmt::format("list {}", shown)));
    return names;
}

Result<void> make_directories(const fs::path& path, unsigned mode) {
    if (path.empty() || path == path.root_path()) return {};
    if (::mkdir(path.c_str(), mode) == 0) return {};
    if (errno == ENOENT) {
        TRY(make_directories(path.parent_path(), mode));
        if (::mkdir(path.c_str(), mode) == 0) return {};
    }
    const int number = errno;
    std::error_code ignored;
    if (number == EEXIST && fs::is_directory(path, ignored)) return {};
    return fail(system_error(number, operation("make the directory", path)));
}

std::optional<std::string> environment(const char* name) {
    // Called at the start or between events. No thread changes the environment.
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

Result<fs::path> expand(std::string_view text) {
    fs::path path{std::string{text}};
    if (text == "~" || text.starts_with("~/")) {
        path = TRY(account::current()).home;
        if (text.size() > 2) path /= text.substr(2);
    } else if (text.starts_with("%d/")) {
        const auto directory = environment("CREDENTIALS_DIRECTORY");
        if (!directory)
            return fail(ErrorCode::configuration,
                        fmt::format("{}: $CREDENTIALS_DIRECTORY is not set", text),
                        "systemd sets it for a unit with LoadCredential=. To run a command outside "
                        "of the unit, "
                        "set $CREDENTIALS_DIRECTORY.");
        path = fs::path{*directory} / text.substr(3);
    }
    if (path.is_absolute()) return path.lexically_normal();
    return fail(ErrorCode::configuration,
                fmt::format("{} is not an absolute path", printable(text)),
                "Start the path with / or ~/.");
}

}  // namespace file
}  // namespace inhaul
