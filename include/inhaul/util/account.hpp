#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/result.hpp>

/// Accounts of this host, as its user database knows them.
namespace inhaul::account {

struct Account {
    unsigned uid = 0;
    unsigned gid = 0;            ///< of its own group
    std::string name;            ///< the number when the user database does not know it
    std::filesystem::path home;  ///< empty when nothing tells it
};

/// The one that this process acts as. Its home is what $HOME says, unless it acts as another
/// account than it was started by.
[[nodiscard]] Result<Account> current();
/// Its name for advice to a person; `ACCOUNT` when nothing tells it.
[[nodiscard]] std::string current_name();

/// Nothing for a name that there is not.
[[nodiscard]] Result<std::optional<Account>> named(const std::string& name);

/// All that the user database lists, one for each number.
[[nodiscard]] std::vector<Account> all();

/// Whether directories in /etc/inhaul and /var/lib/inhaul, and the instance of a unit, can be
/// called after the account. `home` is the directory of the package's own account there.
[[nodiscard]] bool names_a_place(std::string_view name);

/// For people: the number when the user database does not know it.
[[nodiscard]] std::string name_of(unsigned uid);
[[nodiscard]] std::string group_name(unsigned gid);

/// An account besides root and this one that is in the group, also as its first group; nothing when
/// there is none.
[[nodiscard]] std::optional<std::string> other_member(unsigned gid, unsigned uid);

/// One that the user database does not know has this group, and its number as its name.
[[nodiscard]] Result<Account> numbered(unsigned uid, unsigned gid);

/// The first directory on the way to this one, or it itself, that the account may not enter or
/// read, by owner, group and mode; nothing when there is none, or when that cannot be told: there
/// is no such account now, or an access control list decides.
[[nodiscard]] std::optional<std::filesystem::path> closed_to(
    const std::string& name, const std::filesystem::path& directory);

/// As long as it lives, files are reached with the rights of that account and of its groups, and
/// not with root's: for what lies in directories where somebody else may put links. For root, in a
/// process of one thread; for the account itself it changes nothing.
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
