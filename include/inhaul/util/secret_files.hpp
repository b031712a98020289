// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

namespace inhaul {

/// Tokens and other secrets, always as in their files. Each call costs one stat, and a read only
/// if the file has changed.
class SecretFiles {
public:
    /// Returns the content of the file without the white space around it. Fails if the file is
    /// empty, or not private by the rules of file::read_private().
    [[nodiscard]] Result<Secret> secret(const std::filesystem::path& file);
    /// The same, but returns no secret if there is no file.
    [[nodiscard]] Result<std::optional<Secret>> secret(
        const std::optional<std::filesystem::path>& file);

private:
    struct Stamp {
        std::uint64_t device;
        std::uint64_t inode;
        std::int64_t size;
        std::pair<std::int64_t, std::int64_t> modified;  ///< seconds since 1970, and nanoseconds
        std::pair<std::int64_t, std::int64_t> changed;   ///< also with the mode and the owner
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
