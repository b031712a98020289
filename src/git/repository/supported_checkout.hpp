// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "libgit2.hpp"

namespace inhaul::git {

/// Fails with code `refused` for a checkout in a form that inhaul does not support:
/// * files elsewhere (core.worktree);
/// * a sparse, partial or shallow checkout;
/// * an extension that libgit2 does not know.
///
/// The hint has the command that converts it. Reads the files directly, since libgit2 cannot open
/// some of these checkouts. `directory` contains `.git`. Without a `.git`, nothing fails.
[[nodiscard]] Result<void> check_supported(const std::filesystem::path& directory);

/// Fails if an account other than root and this one can change the repository, its configuration or
/// its HEAD. Also fails if a file that is read whole is not regular or is too large.
[[nodiscard]] Result<void> check_guarded(const std::filesystem::path& git_directory);

/// Reads config.worktree if extensions.worktreeConfig is set: libgit2 before 1.8 does not.
[[nodiscard]] Result<void> read_worktree_config(git_repository* repository);

}  // namespace inhaul::git
