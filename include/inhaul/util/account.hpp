// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/result.hpp>

/// Accounts in the user database of this host.
namespace inhaul::account {

struct Account {
    unsigned uid = 0;
    unsigned gid = 0;            ///< of its own group
    std::string name;            ///< the number if not in the user database
    std::filesystem::path home;  ///< empty if unknown
};

/// Returns the effective account of this process. Its home is $HOME, unless another account started
/// the process.
[[nodiscard]] Result<Account> current();
/// Returns its name for hints; `ACCOUNT` if unknown.
[[nodiscard]] std::string current_name();

/// Returns nothing for an unknown name.
[[nodiscard]] Result<std::optional<Account>> named(const std::string& name);

/// Returns all accounts in the user database, one per number.
[[nodiscard]] std::vector<Account> all();

/// Returns true if directories in /etc/inhaul and /var/lib/inhaul and a unit's instance can have
/// this name. `home` there belongs to the package's own account.
[[nodiscard]] bool is_directory_name(std::string_view name);

/// Return a name for display; the number if it is not in the user database.
[[nodiscard]] std::string name_of(unsigned uid);
[[nodiscard]] std::string group_name(unsigned gid);
/// Returns the directory of the account's user manager. It exists only while the manager runs.
[[nodiscard]] std::filesystem::path runtime_directory(unsigned uid);

/// Returns another member of the group than root and this account. Includes accounts with this
/// primary group. Returns nothing if the group has no other member.
[[nodiscard]] std::optional<std::string> other_member(unsigned gid, unsigned uid);

/// Returns the account with this number. An account that is not in the user database gets this
/// group and its number as its name.
[[nodiscard]] Result<Account> find_by_uid(unsigned uid, unsigned gid);

/// Returns the name of this host, or "this host" if it has none.
[[nodiscard]] std::string host_name();

/// Returns the first directory of the path that the account may not enter or read, by owner, group
/// and mode. Returns nothing if no directory is inaccessible. Also returns nothing if this is
/// unknown: the account does not exist, or an access control list decides.
[[nodiscard]] std::optional<std::filesystem::path> first_inaccessible_directory(
    const std::string& name, const std::filesystem::path& directory);

/// Accesses files with the permissions of that account and its groups instead of root's, for its
/// lifetime. For directories in which others may create links. Caller must be root, in a process
/// with one thread; for the account itself it does nothing.
class ActingAs {
public:
    [[nodiscard]] static Result<ActingAs> account(const Account& account);
    ActingAs(ActingAs&& other) noexcept;
    ActingAs& operator=(ActingAs&&) = delete;
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;
    ~ActingAs();

private:
    struct Before {
        unsigned uid;
        unsigned gid;
        std::vector<::gid_t> groups;
    };
    explicit ActingAs(std::optional<Before> before) : before_(std::move(before)) {}
    std::optional<Before> before_;
};

}  // namespace inhaul::account
