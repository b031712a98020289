// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// See Repository::write_stamp(); writes into the repository's working tree.
[[nodiscard]] Result<bool> write_stamp(git_repository* repository,
                                       const std::filesystem::path& stamp, const CommitId& commit,
                                       TimePoint time);

}  // namespace inhaul::git
