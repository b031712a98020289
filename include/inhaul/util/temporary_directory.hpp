// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include <inhaul/util/result.hpp>

namespace inhaul {

/// Returns the directory for temporary files: TMPDIR, else /tmp. Fails if it does not exist.
[[nodiscard]] Result<std::filesystem::path> system_temporary_directory();

/// A directory that only this account can enter. The destructor removes it with its content.
class TemporaryDirectory {
public:
    using Remove = std::function<void(const std::filesystem::path&)>;

    /// Creates a directory in `parent` with a random name that begins with `prefix`. The destructor
    /// calls `remove`, if given, instead of removing the directory with this process's rights.
    [[nodiscard]] static Result<TemporaryDirectory> in(const std::filesystem::path& parent,
                                                       std::string_view prefix, Remove remove = {});
    /// Creates the directory `path`. Fails if `path` exists.
    [[nodiscard]] static Result<TemporaryDirectory> at(const std::filesystem::path& path);

    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Keeps the directory: the destructor does not remove it.
    void keep() { kept_ = true; }

private:
    TemporaryDirectory(std::filesystem::path path, Remove remove);
    std::filesystem::path path_;
    Remove remove_;
    bool kept_ = false;
};

}  // namespace inhaul
