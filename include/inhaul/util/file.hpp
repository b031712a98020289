#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

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

/// With a umask that lets everyone write to what is made: the usual 022 in its place. A stricter
/// one stays, as does one that lets a group write.
void use_sane_umask();

/// The whole file; an error when it is larger than `limit` bytes or not a regular file.
[[nodiscard]] Result<std::string> read(const fs::path& path, std::size_t limit);

/// The content of a key or token file. An error, naming the mode and the command that mends it,
/// when others than its owner can read it. As ssh does: a file of this account may have no bit for
/// group or others, a file of somebody else (root) no bit for others, nor for a group that has
/// another member. Files below the directory in $CREDENTIALS_DIRECTORY are systemd's to guard and
/// pass.
[[nodiscard]] Result<Secret> read_private(const fs::path& path, std::size_t limit);
/// The check of read_private alone.
[[nodiscard]] Result<void> check_private(const fs::path& path);

/// Whose a file is.
struct Owner {
    unsigned user = 0;
    unsigned group = 0;
    bool operator==(const Owner&) const = default;
};

/// Replaces `path` by a file with this content: temporary, fsync, rename, so that a reader or a
/// crash sees the old or the new, never a part. A symbolic link at `path` is replaced, not
/// followed. With an owner, which is root's to give, it is theirs from the first moment on.
[[nodiscard]] Result<void> write_atomically(const fs::path& path, std::string_view content,
                                            unsigned mode, const std::optional<Owner>& owner = {});

/// The same without fsync, for what need not survive a loss of power, or is synced with more.
[[nodiscard]] Result<void> write_unsynced(const fs::path& path, std::string_view content,
                                          unsigned mode);

/// Everything on the file system of this directory that was written so far reaches the disk.
[[nodiscard]] Result<void> sync_file_system(const fs::path& directory);

/// The path, or the nearest above it that is there.
[[nodiscard]] fs::path nearest_existing(fs::path path);

/// The directory itself, or something in it, by the names alone. Not when `path` is empty.
[[nodiscard]] bool is_below(const fs::path& path, const fs::path& directory);

/// Makes the directory and its parents; those that it makes get `mode`.
[[nodiscard]] Result<void> make_directories(const fs::path& path, unsigned mode);

/// `~` and `~/x` become the account's home; `%d/x` the directory in $CREDENTIALS_DIRECTORY, as in
/// systemd's own units. Anything else is returned as it is. Relative results are an error.
[[nodiscard]] Result<fs::path> expand(std::string_view text);

/// An environment variable that is set and not empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

/// An exclusive flock. The kernel lets go of it when the process ends, however it ends, so it can
/// never go stale. The file stays, and says who holds it: who-lines are for people, never a proof.
class Lock {
public:
    /// Takes the lock, waiting until `wait` has passed. An error with code `locked` names the
    /// holder.
    [[nodiscard]] static Result<Lock> acquire(const fs::path& path, std::string_view who,
                                              Milliseconds wait = Milliseconds{0});
    /// What the holder wrote, if somebody holds the lock now.
    [[nodiscard]] static std::optional<std::string> holder(const fs::path& path);

private:
    explicit Lock(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
    FileDescriptor descriptor_;
};

}  // namespace inhaul::file
