// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

namespace inhaul {

/// An open file descriptor, closed with its owner.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] explicit operator bool() const { return number_ >= 0; }
    int release();

private:
    int number_ = -1;
};

}  // namespace inhaul

namespace inhaul::file {

namespace fs = std::filesystem;

/// Sets the umask to 022 if it permits everyone to write to new files. Keeps a stricter umask, and
/// one that permits the group to write.
void use_sane_umask();

/// A limit for a text file of the host, such as a unit, in bytes.
inline constexpr std::size_t largest_text = 256 * 1024;

/// Returns the whole file. Fails if it is larger than `limit` bytes or not a regular file.
[[nodiscard]] Result<std::string> read(const fs::path& path, std::size_t limit);

/// Returns the content of a key or token file. Fails if others than its owner can read it. The
/// message has the mode, and the hint has the command that fixes it. The rules equal ssh's rules: a
/// file of this account may have no bit for group or others. A file of another account (root) may
/// have no bit for others, nor for a group with another member. Files below $CREDENTIALS_DIRECTORY
/// always pass: systemd protects them.
[[nodiscard]] Result<Secret> read_private(const fs::path& path, std::size_t limit);
/// Does only the check of read_private().
[[nodiscard]] Result<void> check_private(const fs::path& path);

/// The owner of a file.
struct Owner {
    unsigned user = 0;
    unsigned group = 0;
    bool operator==(const Owner&) const = default;
};

/// Replaces `path` by a file with this content: temporary file, fsync, rename. A reader or a crash
/// sees the old or the new file, never a part. A symbolic link at `path` is replaced, not followed.
/// With `owner`, which only root can set, the file has this owner from its creation on.
[[nodiscard]] Result<void> write_atomically(const fs::path& path, std::string_view content,
                                            unsigned mode, const std::optional<Owner>& owner = {});

/// The same without fsync, for files that need not survive a power loss or are synced later.
[[nodiscard]] Result<void> write_unsynced(const fs::path& path, std::string_view content,
                                          unsigned mode);

/// Writes all pending data of the directory's file system to the disk.
[[nodiscard]] Result<void> sync_file_system(const fs::path& directory);

/// Returns the path, or its nearest existing parent.
[[nodiscard]] fs::path nearest_existing(fs::path path);

/// Returns true if `path` is the directory or inside it, by name only. False for an empty path.
[[nodiscard]] bool is_below(const fs::path& path, const fs::path& directory);

/// Returns the names in an opened directory, without `.` and `..`, in any order. `shown`: its path,
/// for the error.
[[nodiscard]] Result<std::vector<std::string>> names_in(int directory, std::string_view shown);

/// Creates the directory and its missing parents with `mode`.
[[nodiscard]] Result<void> make_directories(const fs::path& path, unsigned mode);

/// Expands `~` and `~/x` to the account's home, and `%d/x` to $CREDENTIALS_DIRECTORY as in systemd
/// units. Returns other paths unchanged. Fails for a relative path.
[[nodiscard]] Result<fs::path> expand(std::string_view text);

/// Returns the environment variable; nothing if it is unset or empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

/// An exclusive flock. The kernel releases it when the process ends, so it is never stale. The file
/// stays and names the holder for operators; the name is no proof.
class Lock {
public:
    /// Waits for the lock for at most `wait`, but for at least 100 ms. The reason is that holder()
    /// takes the lock for a moment. Fails with `locked`; the message names the holder.
    [[nodiscard]] static Result<Lock> acquire(const fs::path& path, std::string_view who,
                                              Milliseconds wait = Milliseconds{0});
    /// Never waits. Fails like acquire(). For a caller that must not sleep, and tries again later.
    [[nodiscard]] static Result<Lock> try_acquire(const fs::path& path, std::string_view who);
    /// Returns the text of the current holder, if the lock is held.
    [[nodiscard]] static std::optional<std::string> holder(const fs::path& path);

private:
    explicit Lock(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
    FileDescriptor descriptor_;
};

}  // namespace inhaul::file
