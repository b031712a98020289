#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// The directory of an app, and what is below it. No path leads out of here, and no link on the way
/// is followed (openat2, or component by component where it is denied): what an account, or an
/// earlier commit, has planted there gains nothing.
/// Paths are those of git: relative, with slashes, and checked by unsafe_path().
class SafeDirectory {
public:
    /// `mark` is a file outside of what a commit can name. It is there while something is written,
    /// and holds the name of the temporary file: one that neither a commit nor a person can have.
    /// Without it nothing may be written.
    [[nodiscard]] static Result<SafeDirectory> open(const std::filesystem::path& directory,
                                                    std::filesystem::path mark = {});

    /// The same of a directory below another: no link on the way to it is followed either.
    [[nodiscard]] static Result<SafeDirectory> open_below(const std::filesystem::path& top,
                                                          const std::filesystem::path& directory,
                                                          std::filesystem::path mark = {});

    [[nodiscard]] int descriptor() const { return root_.get(); }
    [[nodiscard]] const std::filesystem::path& directory() const { return path_; }

    /// What is there; nothing when there is nothing, or a link or a file on the way.
    [[nodiscard]] Result<std::optional<struct ::stat>> look_at(std::string_view path);
    /// A regular file, for reading. What is none is not opened, and is an error.
    [[nodiscard]] Result<FileDescriptor> open_file(std::string_view path);
    [[nodiscard]] Result<std::string> read_file(std::string_view path);
    /// Where a link leads.
    [[nodiscard]] Result<std::string> read_link(std::string_view path);

    /// In one step, under a name of its own before; whatever was there is replaced, and what was in
    /// the way of its directories too. Modes are 0666 or 0777 less the umask, as git's.
    [[nodiscard]] Result<void> write_file(std::string_view path, std::string_view content,
                                          bool executable);
    /// Takes a file over from another tree: its blocks where the file system shares them, else the
    /// very file. False where it can do neither.
    [[nodiscard]] Result<bool> share(SafeDirectory& from, std::string_view path);
    [[nodiscard]] Result<void> write_link(std::string_view path, const std::string& target);
    [[nodiscard]] Result<void> make_directory(std::string_view path);

    /// A file or a link; then the directories that this leaves empty. What is not there, or is a
    /// directory by now, is let be.
    [[nodiscard]] Result<void> remove(std::string_view path);

    /// Whether a process died here while it wrote.
    [[nodiscard]] bool has_stale_file() const { return stale_file_; }
    /// Removes what that process may have left beside this path.
    void sweep(std::string_view path);
    /// Everything is written: the mark goes.
    void finish();

    struct Place {
        int directory;
        std::string name;
    };
    /// The directory of a path, opened, as long as no other path is asked for. Nothing when it is
    /// not there.
    [[nodiscard]] Result<std::optional<Place>> find(std::string_view path);

private:
    [[nodiscard]] static SafeDirectory with_mark(FileDescriptor root, std::filesystem::path path,
                                                 std::filesystem::path mark);
    SafeDirectory(FileDescriptor root, std::filesystem::path path, std::filesystem::path mark)
        : root_(std::move(root)), path_(std::move(path)), mark_(std::move(mark)) {}

    /// Leaves the mark, once.
    [[nodiscard]] Result<void> begin();
    /// Likewise; it is made where it is missing.
    [[nodiscard]] Result<Place> make_way(std::string_view path);
    [[nodiscard]] Result<FileDescriptor> make_directories(std::string_view path);
    [[nodiscard]] Result<void> put(const Place& place, std::string_view path);
    void forget_directory();

    FileDescriptor root_;
    std::filesystem::path path_;
    std::filesystem::path mark_;
    std::string unfinished_;  ///< what is being written is called so: one thing at a time
    bool stale_file_ = false;
    bool begun_ = false;
    // The directory that was used last: paths come in order.
    FileDescriptor directory_;
    std::string directory_path_;
};

}  // namespace inhaul::git
