// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// A repository that can repair damage.
class Repairable : public Repository {
public:
    /// Opens the repository again, without cached state.
    [[nodiscard]] virtual Result<void> reopen() = 0;
    /// Recreates the repository from the remote, and opens it.
    [[nodiscard]] virtual Result<void> recreate() = 0;
    /// Returns the directory in which git finds the repository, for commands in hints.
    [[nodiscard]] virtual std::filesystem::path git_place() const = 0;
};

/// Returns a repository that repairs damage (errors with code `corrupt`) by itself. It first reads
/// again: a `git gc` or `git repack` may just have moved the objects.
[[nodiscard]] std::unique_ptr<Repository> repairing(std::unique_ptr<Repairable> repository);

}  // namespace inhaul::git
