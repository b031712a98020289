// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/util/result.hpp>

namespace inhaul::git {

/// A checkout that a user or another program made.
struct Checkout {
    std::filesystem::path directory;    ///< top directory of the working tree
    std::string remote;                 ///< URL of `origin`; empty without one
    std::optional<std::string> branch;  ///< checked out; none on a detached HEAD
};

/// Returns the checkout that contains the directory, or nothing: outside of a checkout, and in one
/// of another account. Refuses a checkout that inhaul cannot deploy to:
/// * a linked worktree, or a submodule;
/// * files elsewhere (core.worktree);
/// * a sparse, partial or shallow clone;
/// * an extension that libgit2 does not know.
///
/// The hint has the command that fixes it. Changes nothing. Reads no configuration but the
/// checkout's own, with its includes. So the caller must have a deadline.
[[nodiscard]] Result<std::optional<Checkout>> checkout_at(const std::filesystem::path& directory);

/// Fails if inhaul cannot deploy to an app's directory, for the reasons of checkout_at().
[[nodiscard]] Result<void> check_directory(const std::filesystem::path& directory);

}  // namespace inhaul::git
