// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// The directory of an app. No path leads out of it, and no link on the way is followed. The means
/// is openat2, or component by component if openat2 is denied. So links that an account or an
/// earlier commit planted have no effect. Paths are git's: relative, with slashes, checked by
/// unsafe_path().
class SafeDirectory {
public:
    /// Opens a directory. `mark` is a file outside of the paths of commits. It exists during
    /// writes, and contains the name of the temporary file, which no commit and no person uses.
    /// Without a mark, nothing can be written.
    [[nodiscard]] static Result<SafeDirectory> open(const std::filesystem::path& directory,
                                                    std::filesystem::path mark = {});

    /// The same for a directory below another directory: links between them are not followed
    /// either.
    [[nodiscard]] static Result<SafeDirectory> open_below(const std::filesystem::path& top,
                                                          const std::filesystem::path& directory,
                                                          std::filesystem::path mark = {});

    [[nodiscard]] int descriptor() const { return root_.get(); }
    [[nodiscard]] const std::filesystem::path& directory() const { return path_; }

    /// Returns the attributes of a path. Returns nothing if it does not exist, or if a link or file
    /// is on the way.
    [[nodiscard]] Result<std::optional<struct ::stat>> status_of(std::string_view path);
    /// Opens a regular file for reading. Fails for anything else without opening it.
    [[nodiscard]] Result<FileDescriptor> open_file(std::string_view path);
    [[nodiscard]] Result<std::string> read_file(std::string_view path);
    /// Returns the target of a link.
    [[nodiscard]] Result<std::string> read_link(std::string_view path);

    /// Replaces a file atomically, through a temporary name. Also replaces anything at the path or
    /// at its directories. The mode is 0666 or 0777 less the umask, as with git.
    [[nodiscard]] Result<void> write_file(std::string_view path, std::string_view content,
                                          bool executable);
    /// Shares a file with another tree: its blocks if the file system supports that, else a hard
    /// link. Returns false if neither works.
    [[nodiscard]] Result<bool> share(SafeDirectory& from, std::string_view path);
    [[nodiscard]] Result<void> write_link(std::string_view path, const std::string& target);
    [[nodiscard]] Result<void> make_directory(std::string_view path);

    /// Removes a file or a link, then the directories that this leaves empty. Ignores a missing
    /// path and a directory.
    [[nodiscard]] Result<void> remove(std::string_view path);

    /// Returns true if a process died during a write.
    [[nodiscard]] bool has_stale_file() const { return stale_file_; }
    /// Removes the temporary file of that process beside this path.
    void sweep(std::string_view path);
    /// Removes the mark after the last write.
    void finish();

    struct Place {
        int directory;
        std::string name;
    };
    /// Returns the opened directory of a path, valid until the next call with another path. Returns
    /// nothing if it does not exist.
    [[nodiscard]] Result<std::optional<Place>> find(std::string_view path);

private:
    [[nodiscard]] static SafeDirectory with_mark(FileDescriptor root, std::filesystem::path path,
                                                 std::filesystem::path mark);
    SafeDirectory(FileDescriptor root, std::filesystem::path path, std::filesystem::path mark)
        : root_(std::move(root)), path_(std::move(path)), mark_(std::move(mark)) {}

    /// Writes the mark at the first call.
    [[nodiscard]] Result<void> begin();
    /// The same, but creates the directory if it is missing.
    [[nodiscard]] Result<Place> find_or_make(std::string_view path);
    [[nodiscard]] Result<FileDescriptor> make_directories(std::string_view path);
    [[nodiscard]] Result<void> put(const Place& place, std::string_view path);
    void forget_directory();

    FileDescriptor root_;
    std::filesystem::path path_;
    std::filesystem::path mark_;
    std::string unfinished_;  ///< temporary name of the current write
    bool stale_file_ = false;
    bool begun_ = false;
    // Cache of the last directory: paths come in order.
    FileDescriptor directory_;
    std::string directory_path_;
};

}  // namespace inhaul::git
