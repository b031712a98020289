// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include <git/repository/libgit2.hpp>

#include "fuzzing.hpp"
#include "support/temporary_directory.hpp"

/// Repositories for the targets whose inputs are git's objects.
namespace inhaul::fuzz {

/// A repository without files, whose objects are kept in memory and gone with it.
class MemoryRepository {
public:
    MemoryRepository();
    [[nodiscard]] git_repository* get() const { return repository_.get(); }
    /// Whatever the bytes are, they become an object of that type.
    [[nodiscard]] git_oid write(git_object_t type, std::string_view bytes) const;

private:
    Handle<git_odb, git_odb_free> objects_;
    git::RepositoryHandle repository_;
};

/// Where directories that are soon gone are made: in memory where that can be had.
[[nodiscard]] std::filesystem::path quick_place();

}  // namespace inhaul::fuzz
