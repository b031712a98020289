// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/result.hpp>

/// Checks who besides root and one account can change a path or read a file.
namespace inhaul::guard {

enum class Right : unsigned { write = 2, read = 4 };

/// Others have a right to a file or directory.
struct Exposure {
    std::string who;      ///< "everyone", "the group staff"
    std::string command;  ///< removes the right
};

/// Returns nothing when only root and the account have the right. Access control lists count. A
/// group without another member does not count. Does not check the owner.
[[nodiscard]] std::optional<Exposure> exposure(int descriptor, const std::filesystem::path& path,
                                               unsigned account, Right right);

/// Returns the hint that gives the path to the account with chown(1) and these options. The command
/// `then` follows if it is not empty. If another account needs the directory (a home, a directory
/// above a home), the hint names another way.
[[nodiscard]] std::string ownership_hint(const std::filesystem::path& path,
                                         const std::string& account, std::string_view options = {},
                                         std::string_view then = {});

/// A directory that nobody else can replace.
struct Directory {
    FileDescriptor descriptor;   ///< O_PATH
    std::filesystem::path path;  ///< without links in it
    account::Account owner;
    /// Returns a path to the opened directory itself, even if `path` now leads elsewhere. Valid in
    /// this process and for a child.
    [[nodiscard]] std::filesystem::path as_opened() const;
};

/// Opens the directory from the root, component by component, and follows links. Fails with
/// `refused` if another account owns a component or can write to it. The hint fixes it, and takes
/// no parent directory from its owner. Root and `account` are allowed (default: the owner of the
/// directory). A directory with the sticky bit is allowed as a parent, but not as the last
/// component. After success the path leads to this directory until root or the account changes it.
[[nodiscard]] Result<Directory> open(const std::filesystem::path& directory,
                                     std::optional<unsigned> account = {});

/// Opens the nearest existing directory in the same way.
[[nodiscard]] Result<Directory> open_nearest(const std::filesystem::path& directory,
                                             unsigned account);

/// Checks a file and its directories in the same way. Follows links.
[[nodiscard]] Result<void> check_file(const std::filesystem::path& file, unsigned account);

/// Checks only the path itself, in a directory that open() returned. A missing path and a link are
/// no error. Fails if the path cannot be opened.
[[nodiscard]] Result<void> check(const std::filesystem::path& path, unsigned account);

}  // namespace inhaul::guard
