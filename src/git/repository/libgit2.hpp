// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <git2.h>

#include <inhaul/git/repository.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/handle.hpp>
#include <inhaul/util/result.hpp>

/// libgit2 behind Result.
namespace inhaul::git {

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using RemoteHandle = Handle<git_remote, git_remote_free>;
using CommitHandle = Handle<git_commit, git_commit_free>;
using TreeHandle = Handle<git_tree, git_tree_free>;
using ObjectHandle = Handle<git_object, git_object_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using DiffHandle = Handle<git_diff, git_diff_free>;
using ConfigHandle = Handle<git_config, git_config_free>;
using IndexHandle = Handle<git_index, git_index_free>;
using BlobHandle = Handle<git_blob, git_blob_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;
using PackbuilderHandle = Handle<git_packbuilder, git_packbuilder_free>;
using WalkHandle = Handle<git_revwalk, git_revwalk_free>;
using TreeEntryHandle = Handle<git_tree_entry, git_tree_entry_free>;

/// A buffer that libgit2 allocates.
class Buffer {
public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { git_buf_dispose(&buffer_); }
    git_buf* get() { return &buffer_; }
    [[nodiscard]] std::string_view text() const { return {buffer_.ptr, buffer_.size}; }

private:
    git_buf buffer_{};
};

/// Initialises libgit2 once per process. It reads no settings of the account or the host: an
/// `insteadOf` there could redirect a fetch. It does not sync files: the caller does, with one
/// syncfs.
[[nodiscard]] Result<void> initialise();

/// Returns the error of the last libgit2 call with this return code.
[[nodiscard]] Error libgit2_error(int code, std::string_view operation);

/// Fails with libgit2_error() if the code is negative.
[[nodiscard]] Result<void> checked(int code, std::string_view operation);

/// Returns the hint for a damaged repository of an app.
[[nodiscard]] std::string damage_hint(const std::filesystem::path& place);

/// Returns git_command() for the work tree, or for a bare repository.
[[nodiscard]] std::string git_command_for(git_repository* repository, std::string_view words);

/// Makes this handle keep new objects in memory, until it is freed.
[[nodiscard]] Result<void> write_to_memory(git_repository* repository);

[[nodiscard]] CommitId id_from(const git_oid& oid);
[[nodiscard]] git_oid oid_from(const CommitId& commit);

}  // namespace inhaul::git
