#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/result.hpp>

/// Who besides root and one account can change a path or read a file.
namespace inhaul::guard {

enum class Right : unsigned { write = 2, read = 4 };

/// That others have a right to a file or directory.
struct Exposure {
    std::string who;   ///< "everyone", "the group staff"
    std::string mend;  ///< the command that takes the right away
};

/// Nothing when only root and the account have the right. A group without another member is no
/// other; access control lists count. The owner is not looked at.
[[nodiscard]] std::optional<Exposure> exposure(int descriptor, const std::filesystem::path& path,
                                               unsigned account, Right right);

/// A directory that nobody else can replace.
struct Directory {
    FileDescriptor descriptor;   ///< O_PATH
    std::filesystem::path path;  ///< without links in it
    account::Account owner;
    /// The directory itself, whatever the path leads to by now, in this process and for a child.
    [[nodiscard]] std::filesystem::path as_opened() const;
};

/// Opens the directory from the root, part by part, and follows links. Code `refused` when somebody
/// else than root and the account (without one: than root and the owner of the directory) owns a
/// part or can write to it; the message names the part, and the hint the command that helps. A
/// directory with the sticky bit may be on the way, and is refused as the last part. Then the path
/// leads to this directory until root or the account changes it.
[[nodiscard]] Result<Directory> open(const std::filesystem::path& directory,
                                     std::optional<unsigned> account = {});

/// The same for the nearest directory that is there.
[[nodiscard]] Result<Directory> open_nearest(const std::filesystem::path& directory,
                                             unsigned account);

/// The same for a file, through links.
[[nodiscard]] Result<void> check_file(const std::filesystem::path& file, unsigned account);

/// The check alone, for a file or directory in a directory that was opened so. One that is not
/// there, and a link, are no error.
[[nodiscard]] Result<void> check(const std::filesystem::path& path, unsigned account);

}  // namespace inhaul::guard
