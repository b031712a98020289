#pragma once

#include "work_tree.hpp"

namespace inhaul::git {

/// What a commit's blobs are on disk: line ends and idents as .gitattributes and the repository's
/// configuration say. External filters (LFS) are not run, which is told; an encoding of the working
/// tree is refused, since files in it could not be compared again.
class Contents {
public:
    /// For a commit that these changes lead to from what is in the index (none: from nothing).
    /// Nothing is written yet.
    [[nodiscard]] static Result<Contents> of(git_repository* repository, git_index* index,
                                             const Changes& changes);

    /// Writes what the commit has at a path, which may have been anything before.
    [[nodiscard]] Result<void> write(Root& root, const std::string& path, const Wanted& wanted);

private:
    explicit Contents(git_repository* repository) : repository_(repository) {}
    [[nodiscard]] Result<void> read_attributes(const std::string& path, const git_oid& blob);

    git_repository* repository_;
    bool filtered_ = false;  ///< some file may not be on disk as it is in the repository
};

/// Whether this is a file of attributes, which has its say about how others are written.
[[nodiscard]] bool is_attributes_file(std::string_view path);

}  // namespace inhaul::git
