// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <utility>

#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// A temporary known_hosts file with GitHub's keys; see github_known_hosts(). It is a file on disk,
/// since ssh closes inherited descriptors. ssh also cannot read this process, which may hold a
/// token. KnownHostsCommand would need setresuid, which the sandbox of a service forbids.
class KnownHostsFile {
public:
    [[nodiscard]] static Result<KnownHostsFile> make();
    KnownHostsFile(KnownHostsFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    KnownHostsFile& operator=(KnownHostsFile&& other) noexcept;
    ~KnownHostsFile();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit KnownHostsFile(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

}  // namespace inhaul::git
