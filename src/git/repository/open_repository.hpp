// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include <inhaul/util/file.hpp>
#include <inhaul/util/temporary_directory.hpp>

#include "libgit2.hpp"

/// Opens or creates the repositories that inhaul changes.
namespace inhaul::git {

namespace fs = std::filesystem;

/// A file that exists while a worker uses the repository. If the next start finds it, the last
/// worker died, and inhaul may remove the lock files that it left.
class WorkMark {
public:
    WorkMark() = default;
    explicit WorkMark(fs::path file) : file_(std::move(file)) {}
    WorkMark(WorkMark&& other) noexcept : file_(std::exchange(other.file_, {})) {}
    WorkMark& operator=(WorkMark&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~WorkMark();

private:
    fs::path file_;
};

struct Opened {
    RepositoryHandle repository;
    WorkMark mark;
    bool died = false;  ///< the last worker died: lock files are inhaul's
};

/// Open the checkout in a directory, or the bare repository of a directory with releases. Create a
/// missing bare repository. Remove no stale files.
[[nodiscard]] Result<RepositoryHandle> open_checkout(const fs::path& directory);
[[nodiscard]] Result<RepositoryHandle> open_bare(const fs::path& git_directory,
                                                 const BranchName& branch);

/// Fails as open_directory() and open_mirror() do for a directory that is not the app's. Changes
/// nothing.
[[nodiscard]] Result<void> check_place(const fs::path& directory, bool releases);

/// See Repository::open().
[[nodiscard]] Result<Opened> open_directory(const fs::path& directory, const BranchName& branch,
                                            const std::string& url);

/// The same for a directory with releases. `git_directory` is the path of its bare repository,
/// which need not exist. The directory must contain nothing but releases.
[[nodiscard]] Result<Opened> open_mirror(const fs::path& directory, const fs::path& git_directory,
                                         const BranchName& branch);

/// Returns true if these would create the repository. Fails as they do if they could not. Changes
/// nothing.
[[nodiscard]] Result<bool> would_create(const fs::path& directory, const fs::path& git_directory);

/// Creates a temporary directory at this path, after it has removed the directory of a killed run.
[[nodiscard]] Result<TemporaryDirectory> make_scratch(const fs::path& path);

/// Sets the configuration that users expect in a new clone, for `git fetch` and `git status`.
/// Existing values stay.
[[nodiscard]] Result<void> configure_new(git_repository* repository, const BranchName& branch,
                                         const std::string& url);

}  // namespace inhaul::git
