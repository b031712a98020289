#pragma once

#include "rules.hpp"
#include "safe_directory.hpp"

namespace inhaul::git {

/// What a commit's blobs are on disk: line ends and idents as the commit's own .gitattributes and
/// the repository's configuration say. External filters (LFS) are not run, which is told; an
/// encoding of the working tree is refused, since files in it could not be compared again.
class BlobWriter {
public:
    /// For a commit. Nothing is written yet.
    [[nodiscard]] static Result<BlobWriter> of(git_repository* repository, const CommitId& commit);

    /// Writes what the commit has at a path, which may have been anything before.
    [[nodiscard]] Result<void> write(SafeDirectory& root, const std::string& path,
                                     const Wanted& wanted);

private:
    BlobWriter(git_repository* repository, Rules rules)
        : repository_(repository), rules_(std::move(rules)) {}

    git_repository* repository_;
    Rules rules_;
};

/// Whether this is a file of attributes, which has its say about how others are written.
[[nodiscard]] bool is_attributes_file(std::string_view path);

}  // namespace inhaul::git
