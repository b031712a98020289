#pragma once

#include <filesystem>
#include <string>

#include <inhaul/util/file.hpp>

#include "libgit2.hpp"

/// A directory becomes a repository that is ours to change.
namespace inhaul::git {

namespace fs = std::filesystem;

/// Says on disk that a worker is at work in the repository: found at the next start, it means that
/// the last one died, and that the lock files it left are ours to remove.
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
    bool died = false;  ///< the last worker: what is locked there is ours
};

/// The checkout in a directory, and the bare repository of a directory of releases, which is made
/// when it is missing. Both as they are: nothing is swept.
[[nodiscard]] Result<RepositoryHandle> open_checkout(const fs::path& directory);
[[nodiscard]] Result<RepositoryHandle> open_bare(const fs::path& git_directory,
                                                 const BranchName& branch);

/// As Repository::open() says.
[[nodiscard]] Result<Opened> open_directory(const fs::path& directory, const BranchName& branch,
                                            const std::string& url);

/// The bare repository of a directory of releases, likewise; `git_directory` is where it is or is
/// to be, in a directory that holds nothing but what releases are made of.
[[nodiscard]] Result<Opened> open_mirror(const fs::path& directory, const fs::path& git_directory,
                                         const BranchName& branch);

/// What a person expects in a fresh clone: where `git fetch` and `git status` look. What is set
/// already stays.
[[nodiscard]] Result<void> configure_new(git_repository* repository, const BranchName& branch,
                                         const std::string& url);

}  // namespace inhaul::git
