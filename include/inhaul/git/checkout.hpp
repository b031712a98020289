#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// A checkout as somebody has made it, by hand or by another program.
struct Checkout {
    std::filesystem::path directory;    ///< where its files begin
    std::string remote;                 ///< the URL of `origin`; empty without one
    std::optional<std::string> branch;  ///< that is checked out; nothing on a detached HEAD
};

/// The checkout that the directory is in; nothing when it is in none, or in one of another account
/// than this process acts as. Refused for one that inhaul could not deploy to: a linked worktree, a
/// submodule, files elsewhere (core.worktree), a sparse or partial or shallow clone, an extension
/// that libgit2 does not know; the hint says the command that helps. Changes nothing, and reads no
/// configuration but the checkout's own; what that includes is read with it, so it is for a process
/// that has a deadline.
[[nodiscard]] Result<std::optional<Checkout>> checkout_at(const std::filesystem::path& directory);

/// Whether an app's directory is something that inhaul can deploy to, as checkout_at() refuses.
[[nodiscard]] Result<void> check_directory(const std::filesystem::path& directory);

}  // namespace inhaul::git
