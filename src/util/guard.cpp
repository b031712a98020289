// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/guard.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::guard {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_links = 40;  // the kernel's limit

/// acl(5), and linux/posix_acl_xattr.h: a version, then the entries, in little-endian order.
struct AclEntry {
    std::uint16_t tag;
    std::uint16_t rights;
    std::uint32_t id;
};
constexpr std::size_t acl_header = 4;
enum AclTag : std::uint16_t { named_user = 0x02, own_group = 0x04, named_group = 0x08 };

/// Returns nothing without an access control list: then only the mode counts.
std::vector<AclEntry> acl_of(int descriptor) {
    std::array<unsigned char, 4096> bytes{};
    // This name also works for a descriptor that was opened with O_PATH.
    const auto size = ::getxattr(fmt::format("/proc/self/fd/{}", descriptor).c_str(),
                                 "system.posix_acl_access", bytes.data(), bytes.size());
    std::vector<AclEntry> entries;
    if (size < 0) return entries;
    const auto number = [&](std::size_t at, std::size_t width) {
        std::uint32_t value = 0;
        for (std::size_t i = width; i-- > 0;)
            value = value << 8U | bytes[at + i];
        return value;
    };
    for (auto at = acl_header; at + sizeof(AclEntry) <= static_cast<std::size_t>(size);
         at += sizeof(AclEntry))
        entries.push_back({static_cast<std::uint16_t>(number(at, 2)),
                           static_cast<std::uint16_t>(number(at + 2, 2)), number(at + 4, 4)});
    return entries;
}

/// Returns true if the user namespace has all accounts of the host. In another namespace, owners
/// without an account in it, such as the host's root, are unknown.
bool knows_all_accounts() {
    static const bool known = [] {
        constexpr std::size_t largest = 4096;
        const auto map = file::read("/proc/self/uid_map", largest);
        return !map || map->find("4294967295") != std::string::npos;
    }();
    return known;
}

bool is_root(unsigned uid) {
    constexpr unsigned overflow_uid = 65534;  // /proc/sys/kernel/overflowuid
    return uid == 0 || (uid == overflow_uid && !knows_all_accounts());
}

tl::unexpected<Error> refused(std::string message, std::string hint) {
    return fail(ErrorCode::refused, std::move(message), std::move(hint));
}

enum class Place { on_the_way, last };

/// The operator may have mistyped the path, and its owner needs the directory.
std::string other_place(const fs::path& path, const std::string& account) {
    return fmt::format("Use another directory or account. {} is not for {} alone.",
                       printable(path.string()), account);
}

/// Returns true for the directories of the system (hier(7)). Also returns true for paths in the
/// directories that the distribution owns.
bool is_of_the_system(const fs::path& path) {
    constexpr std::array<std::string_view, 10> shared{"/",    "/dev", "/dev/shm", "/home", "/media",
                                                      "/mnt", "/opt", "/srv",     "/tmp",  "/var"};
    constexpr std::array<std::string_view, 13> owned{
        "/bin", "/boot", "/etc", "/lib", "/lib32",   "/lib64",  "/proc",
        "/run", "/sbin", "/sys", "/usr", "/var/lib", "/var/log"};
    return std::find(shared.begin(), shared.end(), path.string()) != shared.end() ||
           std::any_of(owned.begin(), owned.end(),
                       [&](const auto& top) { return file::is_below(path, top); });
}

/// Returns true if another account needs the directory: a directory of the system, a home, or a
/// directory above a home. If `whole`, also a directory that belongs to another account than root.
bool is_shared(const fs::path& path, const std::string& account, bool whole) {
    const auto accounts = account::all();
    const auto is_home = [&](const auto& other) {
        return other.name != account && other.home.has_relative_path() &&
               file::is_below(other.home, path);
    };
    if (is_of_the_system(path) || std::any_of(accounts.begin(), accounts.end(), is_home))
        return true;
    struct ::stat info {};
    return whole && ::stat(path.c_str(), &info) == 0 && info.st_uid != 0 &&
           account::name_of(info.st_uid) != account;
}

Result<void> check_rights(int descriptor, const struct ::stat& info, const fs::path& path,
                          unsigned account, Place place) {
    // A link cannot be written to.
    if (S_ISLNK(info.st_mode)) return {};
    if (place == Place::on_the_way && (info.st_mode & S_ISVTX) != 0) return {};
    const auto others = exposure(descriptor, path, account, Right::write);
    if (!others) return {};
    return refused(fmt::format("{} is not safe: {} can write to it (mode {:04o})",
                               printable(path.string()), others->who, info.st_mode & 07777U),
                   "Run as root or its owner: " + others->command);
}

tl::unexpected<Error> foreign(const fs::path& part, unsigned owner, unsigned account, Place place) {
    const auto name = is_root(account) ? std::string{"root"} : account::name_of(account);
    return refused(
        fmt::format("{} is not safe: its owner {} can replace it", printable(part.string()),
                    account::name_of(owner)),
        place == Place::last ? ownership_hint(part, name, "-h") : other_place(part, name));
}

/// Walks from the root to a directory.
class Walk {
public:
    Walk(std::optional<unsigned> account, bool nearest) : account_(account), nearest_(nearest) {}

    Result<Directory> to(const fs::path& directory) {
        TRY(take(FileDescriptor{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)}, "/"));
        push(directory.lexically_normal());
        while (!rest_.empty() && !missing_) {
            const auto part = std::move(rest_.back());
            rest_.pop_back();
            TRY(enter(part));
        }
        return arrived();
    }

private:
    struct Step {
        FileDescriptor descriptor;
        fs::path path;
        struct ::stat info;
    };

    /// Adds the components still to visit, the next one last.
    void push(const fs::path& path) {
        std::vector<std::string> parts;
        for (const auto& part : path.relative_path())
            if (!part.empty() && part != ".") parts.push_back(part.string());
        rest_.insert(rest_.end(), parts.rbegin(), parts.rend());
    }

    Result<void> take(FileDescriptor opened, const fs::path& path) {
        struct ::stat info {};
        if (!opened || ::fstat(opened.get(), &info) != 0)
            return fail(system_error(errno, "open " + printable(path.string())));
        const bool link = S_ISLNK(info.st_mode);
        if (!link && !S_ISDIR(info.st_mode))
            return fail(system_error(ENOTDIR, "open " + printable(path.string())));
        if (!link) way_.push_back(visited_.size());
        visited_.push_back({std::move(opened), path, info});
        return link ? follow(visited_.back().descriptor.get(), path) : Result<void>{};
    }

    Result<void> enter(const std::string& part) {
        if (part == "..") {
            if (way_.size() > 1) way_.pop_back();
            return {};
        }
        const auto& at = visited_[way_.back()];
        FileDescriptor opened{
            ::openat(at.descriptor.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
        missing_ = nearest_ && !opened && errno == ENOENT;
        return missing_ ? Result<void>{} : take(std::move(opened), at.path / part);
    }

    Result<void> follow(int link, const fs::path& path) {
        std::array<char, PATH_MAX> target{};
        const auto size = ::readlinkat(link, "", target.data(), target.size());
        if (size < 0 || ++links_ > most_links)
            return fail(
                system_error(size < 0 ? errno : ELOOP, "follow " + printable(path.string())));
        const fs::path to{std::string{target.data(), static_cast<std::size_t>(size)}};
        if (to.is_absolute()) way_.resize(1);
        push(to);
        return {};
    }

    /// Checks all visited directories, also directories that contain a link: a writer can change
    /// the link.
    Result<Directory> arrived() {
        const auto last = way_.back();
        const auto owner = visited_[last].info.st_uid;
        const auto account = account_.value_or(owner);
        for (std::size_t i = 0; i < visited_.size(); ++i) {
            const auto& [descriptor, path, info] = visited_[i];
            const auto place = i == last && !missing_ ? Place::last : Place::on_the_way;
            if (!is_root(info.st_uid) && info.st_uid != account)
                return foreign(path, info.st_uid, account, place);
            TRY(check_rights(descriptor.get(), info, path, account, place));
        }
        return Directory{std::move(visited_[last].descriptor), visited_[last].path,
                         TRY(account::find_by_uid(owner, visited_[last].info.st_gid))};
    }

    std::optional<unsigned> account_;
    bool nearest_;
    bool missing_ = false;
    unsigned links_ = 0;
    std::vector<Step> visited_;  ///< links too
    std::vector<std::size_t>
        way_;  ///< indices in visited_ of the current directory and its parents
    std::vector<std::string> rest_;
};

/// Returns another member of the group, with whom it shares the right.
std::optional<std::string> shared_with(unsigned group, unsigned account) {
    const auto member = account::other_member(group, account);
    if (!member) return std::nullopt;
    return fmt::format("{} of the group {}", printable(*member), account::group_name(group));
}

}  // namespace

std::string ownership_hint(const fs::path& path, const std::string& account,
                           std::string_view options, std::string_view then) {
    std::error_code failed;
    const auto real = fs::weakly_canonical(path, failed);
    auto normal = path.lexically_normal();
    if (!normal.has_filename() && normal != "/") normal = normal.parent_path();
    const bool whole = options == "-R";
    for (const auto& each : {normal, failed ? normal : real})
        if (is_shared(each, account, whole)) return other_place(normal, account);
    // chown -R does not follow a link.
    const auto& target = whole && !failed ? real : path;
    return fmt::format("Run: sudo chown {}{}{} {}{}{}", options, options.empty() ? "" : " ",
                       account, shell_word(target.string()), then.empty() ? "" : " && ", then);
}

std::optional<Exposure> exposure(int descriptor, const fs::path& path, unsigned account,
                                 Right right) {
    struct ::stat info {};
    if (::fstat(descriptor, &info) != 0)
        return Exposure{"somebody", "ls -l " + shell_word(path.string())};
    const auto bit = static_cast<unsigned>(right);
    const auto letter = right == Right::write ? 'w' : 'r';
    const auto chmod = [&](char whom) {
        return fmt::format("chmod {}-{} {}", whom, letter, shell_word(path.string()));
    };
    if ((info.st_mode & bit) != 0) return Exposure{"everyone", chmod('o')};
    // With a list these bits are its mask: they limit every entry.
    if ((info.st_mode >> 3U & bit) == 0) return std::nullopt;
    const auto list = acl_of(descriptor);
    if (list.empty()) {
        const auto who = shared_with(info.st_gid, account);
        return who ? std::optional{Exposure{*who, chmod('g')}} : std::nullopt;
    }
    for (const auto& entry : list) {
        if ((entry.rights & bit) == 0) continue;
        std::optional<std::string> who;
        std::string whose = "g:";
        if (entry.tag == named_user && entry.id != account && !is_root(entry.id)) {
            who = account::name_of(entry.id);
            whose = fmt::format("u:{}", entry.id);
        } else if (entry.tag == own_group || entry.tag == named_group) {
            who = shared_with(entry.tag == own_group ? info.st_gid : entry.id, account);
            if (entry.tag == named_group) whose += std::to_string(entry.id);
        }
        // The other entries stay, and -n keeps the mask.
        const auto left = entry.rights & ~bit;
        if (who)
            return Exposure{*who + " (an access control list)",
                            fmt::format("setfacl -n -m {}:{}{}{} {}", whose,
                                        (left & 4U) != 0 ? "r" : "-", (left & 2U) != 0 ? "w" : "-",
                                        (left & 1U) != 0 ? "x" : "-", shell_word(path.string()))};
    }
    return std::nullopt;
}

fs::path Directory::as_opened() const {
    return fmt::format("/proc/self/fd/{}", descriptor.get());
}

Result<Directory> open(const fs::path& directory, std::optional<unsigned> account) {
    return Walk{account, false}.to(directory);
}

Result<Directory> open_nearest(const fs::path& directory, unsigned account) {
    return Walk{account, true}.to(directory);
}

Result<void> check_file(const fs::path& file, unsigned account) {
    std::error_code error;
    const auto real = fs::canonical(file, error);
    if (error) return fail(system_error(error.value(), "open " + printable(file.string())));
    (void)TRY(open(real.parent_path(), account));
    return check(real, account);
}

Result<void> check(const fs::path& path, unsigned account) {
    const FileDescriptor opened{::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct ::stat info {};
    if (!opened && (errno == ENOENT || errno == ENOTDIR)) return {};
    if (!opened || ::fstat(opened.get(), &info) != 0)
        return fail(system_error(errno, "open " + printable(path.string())));
    if (S_ISLNK(info.st_mode)) return {};
    if (!is_root(info.st_uid) && info.st_uid != account)
        return foreign(path, info.st_uid, account, Place::last);
    return check_rights(opened.get(), info, path, account, Place::last);
}

}  // namespace inhaul::guard
