#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>

#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

namespace inhaul::forge {

/// Tokens as their files hold them now: one stat a question, and a read when the file has changed.
class TokenFiles {
public:
    /// No token without a file.
    [[nodiscard]] Result<std::optional<Secret>> token(
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
        Secret token;
    };
    [[nodiscard]] static Result<Stamp> stamp_of(const std::filesystem::path& file);
    [[nodiscard]] static Result<Secret> read(const std::filesystem::path& file);

    std::map<std::filesystem::path, Known> known_;
};

}  // namespace inhaul::forge
