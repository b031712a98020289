#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>

#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

namespace inhaul {

/// Tokens and other secrets as their files hold them now: one stat a question, and a read when the
/// file has changed.
class SecretFiles {
public:
    /// What the file holds, without the white space around it. It must be private, as
    /// file::read_private() says, and not empty.
    [[nodiscard]] Result<Secret> secret(const std::filesystem::path& file);
    /// No secret without a file.
    [[nodiscard]] Result<std::optional<Secret>> secret(
        const std::optional<std::filesystem::path>& file);

private:
    struct Stamp {
        dev_t device;
        ino_t inode;
        off_t size;
        timespec modified;
        timespec changed;  ///< moves with the mode and the owner too
        bool operator==(const Stamp& other) const;
    };
    struct Known {
        Stamp stamp;
        Secret secret;
    };
    [[nodiscard]] static Result<Stamp> stamp_of(const std::filesystem::path& file);
    [[nodiscard]] static Result<Secret> read(const std::filesystem::path& file);

    std::map<std::filesystem::path, Known> known_;
};

}  // namespace inhaul
