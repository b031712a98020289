// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include <git/repository/libgit2.hpp>

#include "fuzzing.hpp"
#include "support/temporary_directory.hpp"

/// Repositories for the targets whose inputs are git's objects.
namespace inhaul::fuzz {

/// A repository without files. Its objects are in memory.
class MemoryRepository {
public:
    MemoryRepository();
    [[nodiscard]] git_repository* get() const { return repository_.get(); }
    /// Writes the bytes as an object of this type, even if they are invalid.
    [[nodiscard]] git_oid write(git_object_t type, std::string_view bytes) const;

private:
    Handle<git_odb, git_odb_free> objects_;
    git::RepositoryHandle repository_;
};

/// Returns the parent directory for short-lived files: in memory, if this host supports it.
[[nodiscard]] std::filesystem::path quick_place();

}  // namespace inhaul::fuzz
