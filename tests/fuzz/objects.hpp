#pragma once

#include <filesystem>
#include <string_view>

#include <git/repository/libgit2.hpp>

#include "fuzzing.hpp"

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
    git::Handle<git_odb, git_odb_free> objects_;
    git::RepositoryHandle repository_;
};

/// A directory that is gone with its owner, in memory where that can be had.
class Scratch {
public:
    Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace inhaul::fuzz
