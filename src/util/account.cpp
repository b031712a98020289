// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/account.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>

namespace inhaul::account {
namespace {

/// Runs a look-up of the user database. Returns nothing if the account does not exist.
template <class LookUp>
Result<std::optional<Account>> looked_up(const LookUp& look_up, const std::string& operation) {
    std::array<char, 16384> buffer{};
    struct ::passwd entry {};
    struct ::passwd* found = nullptr;
    const int number = look_up(&entry, buffer.data(), buffer.size(), &found);
    // Some databases report an unknown name with these errors, see getpwnam_r(3).
    const bool unknown = number == ENOENT || number == ESRCH;
    if (number != 0 && !unknown) return fail(system_error(number, operation));
    if (found == nullptr) return std::nullopt;
    return Account{found->pw_uid, found->pw_gid, found->pw_name, found->pw_dir};
}

}  // namespace

Result<Account> find_by_uid(unsigned uid, unsigned gid) {
    const auto by_number = [uid](auto... rest) { return ::getpwuid_r(uid, rest...); };
    auto found = TRY(looked_up(by_number, fmt::format("look up user {}", uid)));
    return found.value_or(Account{uid, gid, std::to_string(uid), {}});
}

Result<Account> current() {
    auto account = TRY(find_by_uid(::geteuid(), ::getegid()));
    const auto home = file::environment("HOME");
    if (home && ::geteuid() == ::getuid()) account.home = *home;
    return account;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this host";
}

std::string current_name() {
    const auto account = current();
    return account ? account->name : "ACCOUNT";
}

Result<std::optional<Account>> named(const std::string& name) {
    const auto by_name = [&name](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); };
    return looked_up(by_name, fmt::format("look up user {}", name));
}

std::vector<Account> all() {
    std::vector<Account> accounts;
    std::array<char, 16384> buffer{};
    struct ::passwd entry {};
    struct ::passwd* found = nullptr;
    ::setpwent();
    while (::getpwent_r(&entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
        const bool known = std::any_of(accounts.begin(), accounts.end(), [&](const auto& other) {
            return other.uid == entry.pw_uid;
        });
        if (!known) accounts.push_back({entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir});
    }
    ::endpwent();
    return accounts;
}

bool is_directory_name(std::string_view name) {
    // See systemd.unit(5).
    constexpr std::string_view letters{
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@"};
    return !name.empty() && name.front() != '.' && name.front() != '-' && name != "home" &&
           name.find_first_not_of(letters) == std::string_view::npos;
}

std::filesystem::path runtime_directory(unsigned uid) {
    return fmt::format("/run/user/{}", uid);
}

std::string name_of(unsigned uid) {
    const auto found = find_by_uid(uid, 0);
    return found ? found->name : std::to_string(uid);
}

namespace {

struct Group {
    std::string name;
    std::vector<std::string> members;  ///< listed in the group
};

std::optional<Group> group_numbered(unsigned gid) {
    std::vector<char> buffer(16384);
    constexpr std::size_t largest = 1U << 20U;
    struct ::group entry {};
    struct ::group* found = nullptr;
    int number = 0;
    while ((number = ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
           buffer.size() < largest)
        buffer.resize(buffer.size() * 4);
    if (number != 0 || found == nullptr) return std::nullopt;
    Group group{found->gr_name, {}};
    for (char** member = found->gr_mem; *member != nullptr; ++member)
        group.members.emplace_back(*member);
    return group;
}

}  // namespace

std::string group_name(unsigned gid) {
    const auto group = group_numbered(gid);
    return group ? group->name : std::to_string(gid);
}

std::optional<std::string> other_member(unsigned gid, unsigned uid) {
    if (const auto group = group_numbered(gid))
        for (const auto& name : group->members) {
            const auto member = named(name);
            if (member && *member && (*member)->uid != uid && (*member)->uid != 0) return name;
        }
    for (const auto& other : all())
        if (other.gid == gid && other.uid != uid && other.uid != 0) return other.name;
    return std::nullopt;
}

namespace {

std::vector<::gid_t> groups_of(const Account& account) {
    std::vector<::gid_t> groups(64);
    int number = static_cast<int>(groups.size());
    while (::getgrouplist(account.name.c_str(), account.gid, groups.data(), &number) < 0)
        groups.resize(static_cast<std::size_t>(number));
    groups.resize(static_cast<std::size_t>(number));
    return groups;
}

bool may_enter(const std::filesystem::path& directory, const Account& account,
               const std::vector<::gid_t>& groups, unsigned wanted) {
    struct ::stat info {};
    if (::stat(directory.c_str(), &info) != 0) return true;  // unknown
    if (::getxattr(directory.c_str(), "system.posix_acl_access", nullptr, 0) > 0) return true;
    unsigned shift = 0;
    if (info.st_uid == account.uid)
        shift = 6;
    else if (std::find(groups.begin(), groups.end(), info.st_gid) != groups.end())
        shift = 3;
    return (info.st_mode >> shift & wanted) == wanted;
}

}  // namespace

std::optional<std::filesystem::path> first_inaccessible_directory(
    const std::string& name, const std::filesystem::path& directory) {
    const auto found = named(name);
    if (!found || !*found || (*found)->uid == 0) return std::nullopt;
    const auto groups = groups_of(**found);
    std::error_code error;
    const auto whole = std::filesystem::weakly_canonical(directory, error);
    if (error) return std::nullopt;
    std::filesystem::path path;
    for (const auto& part : whole) {
        path /= part;
        constexpr unsigned enter = 1;
        constexpr unsigned read = 4;
        if (!may_enter(path, **found, groups, path == whole ? enter | read : enter)) return path;
    }
    return std::nullopt;
}

Result<ActingAs> ActingAs::account(const Account& account) {
    if (::geteuid() == account.uid) return ActingAs{std::nullopt};
    Before before{::geteuid(), ::getegid(), {}};
    before.groups.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    if (::getgroups(static_cast<int>(before.groups.size()), before.groups.data()) < 0)
        return fail(system_error(errno, "read the groups of this process"));
    // From here on the destructor reverts each change.
    ActingAs acting{std::move(before)};
    if (::initgroups(account.name.c_str(), account.gid) != 0 || ::setegid(account.gid) != 0 ||
        ::seteuid(account.uid) != 0)
        return fail(system_error(errno, "act as " + account.name));
    return acting;
}

ActingAs::ActingAs(ActingAs&& other) noexcept : before_(std::exchange(other.before_, {})) {}

ActingAs::~ActingAs() {
    if (!before_) return;
    const auto& [uid, gid, groups] = *before_;
    // The process must not continue with a mix of two accounts' rights.
    if (::seteuid(uid) != 0 || ::setegid(gid) != 0 ||
        ::setgroups(groups.size(), groups.data()) != 0)
        std::abort();
}

}  // namespace inhaul::account
