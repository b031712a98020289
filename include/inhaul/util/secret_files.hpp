// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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
        std::uint64_t device;
        std::uint64_t inode;
        std::int64_t size;
        std::int64_t modified;  ///< nanoseconds since 1970
        std::int64_t changed;   ///< likewise; moves with the mode and the owner too
        bool operator==(const Stamp&) const = default;
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
