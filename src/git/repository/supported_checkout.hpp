#pragma once

#include <filesystem>

#include "libgit2.hpp"

namespace inhaul::git {

/// Refused for a checkout that git was told to keep in a way that inhaul does not: files elsewhere
/// (core.worktree) or only some of them (sparse), objects that are fetched when they are needed, a
/// history that is cut off, an extension that libgit2 does not know. The hint has the command that
/// makes it an ordinary one. From files alone, as libgit2 does not open some of them. `directory`
/// has the `.git`; nothing is said of one that is no checkout.
[[nodiscard]] Result<void> check_supported(const std::filesystem::path& directory);

/// Refused when somebody else than root and this account can change the repository, its
/// configuration or its HEAD, or when a file that is read whole is none or is enormous.
[[nodiscard]] Result<void> check_guarded(const std::filesystem::path& git_directory);

/// Adds config.worktree where the repository says that there is one (extensions.worktreeConfig);
/// libgit2 before 1.8 does not read it by itself.
[[nodiscard]] Result<void> read_worktree_config(git_repository* repository);

}  // namespace inhaul::git
