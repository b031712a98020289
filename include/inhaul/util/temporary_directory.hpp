// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include <inhaul/util/result.hpp>

namespace inhaul {

/// A directory that only this account can enter. It is removed with all that is in it when its
/// owner ends.
class TemporaryDirectory {
public:
    using Remove = std::function<void(const std::filesystem::path&)>;

    /// Makes one in `parent`, with a random name that begins with `prefix`. `remove`: in place of
    /// removing it with the rights that this process has then.
    [[nodiscard]] static Result<TemporaryDirectory> in(const std::filesystem::path& parent,
                                                       std::string_view prefix, Remove remove = {});
    /// Makes one of exactly this name. Fails when there is something of that name.
    [[nodiscard]] static Result<TemporaryDirectory> at(const std::filesystem::path& path);

    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Leaves the directory where it is.
    void keep() { kept_ = true; }

private:
    TemporaryDirectory(std::filesystem::path path, Remove remove);
    std::filesystem::path path_;
    Remove remove_;
    bool kept_ = false;
};

}  // namespace inhaul
