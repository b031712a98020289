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

/// One of the two look-ups of the user database; nothing when there is no such account.
template <class LookUp>
Result<std::optional<Account>> looked_up(const LookUp& look_up, const std::string& operation) {
    std::array<char, 16384> buffer{};
    struct ::passwd entry {};
    struct ::passwd* found = nullptr;
    const int number = look_up(&entry, buffer.data(), buffer.size(), &found);
    // Some of its sources say so in these ways, see getpwnam_r(3).
    const bool unknown = number == ENOENT || number == ESRCH;
    if (number != 0 && !unknown) return fail(system_error(number, operation));
    if (found == nullptr) return std::nullopt;
    return Account{found->pw_uid, found->pw_gid, found->pw_name, found->pw_dir};
}

Result<Account> numbered(unsigned uid, unsigned gid) {
    const auto by_number = [uid](auto... rest) { return ::getpwuid_r(uid, rest...); };
    auto found = TRY(looked_up(by_number, fmt::format("look up user {}", uid)));
    return found.value_or(Account{uid, gid, std::to_string(uid), {}});
}

}  // namespace

Result<Account> current() {
    auto account = TRY(numbered(::geteuid(), ::getegid()));
    const auto home = file::environment("HOME");
    if (home && ::geteuid() == ::getuid()) account.home = *home;
    return account;
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

Result<Account> owner_of(const std::filesystem::path& path) {
    struct ::stat info {};
    if (::stat(path.c_str(), &info) != 0)
        return fail(system_error(errno, "look at " + path.string()));
    return numbered(info.st_uid, info.st_gid);
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
    if (::stat(directory.c_str(), &info) != 0) return true;  // nobody knows
    if (::getxattr(directory.c_str(), "system.posix_acl_access", nullptr, 0) > 0) return true;
    unsigned shift = 0;
    if (info.st_uid == account.uid)
        shift = 6;
    else if (std::find(groups.begin(), groups.end(), info.st_gid) != groups.end())
        shift = 3;
    return (info.st_mode >> shift & wanted) == wanted;
}

}  // namespace

std::optional<std::filesystem::path> closed_to(const std::string& name,
                                               const std::filesystem::path& directory) {
    const auto found = named(name);
    if (!found || !*found || (*found)->uid == 0) return std::nullopt;
    const auto groups = groups_of(**found);
    std::error_code error;
    const auto whole = std::filesystem::weakly_canonical(directory, error);
    if (error) return std::nullopt;
    std::filesystem::path way;
    for (const auto& part : whole) {
        way /= part;
        constexpr unsigned enter = 1;
        constexpr unsigned read = 4;
        if (!may_enter(way, **found, groups, way == whole ? enter | read : enter)) return way;
    }
    return std::nullopt;
}

Result<ActingAs> ActingAs::account(const Account& account) {
    if (::geteuid() == account.uid) return ActingAs{std::nullopt};
    Before before{::geteuid(), ::getegid(), {}};
    before.groups.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    if (::getgroups(static_cast<int>(before.groups.size()), before.groups.data()) < 0)
        return fail(system_error(errno, "read the groups of this process"));
    // From here on whatever was changed is changed back.
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
    // With neither its own rights nor those that were asked for, nothing may go on.
    if (::seteuid(uid) != 0 || ::setegid(gid) != 0 ||
        ::setgroups(groups.size(), groups.data()) != 0)
        std::abort();
}

}  // namespace inhaul::account
