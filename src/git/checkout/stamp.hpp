#pragma once

#include <filesystem>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// As Repository::write_stamp() says, into the repository's working tree.
[[nodiscard]] Result<bool> write_stamp(git_repository* repository,
                                       const std::filesystem::path& stamp, const CommitId& commit,
                                       TimePoint time);

}  // namespace inhaul::git
